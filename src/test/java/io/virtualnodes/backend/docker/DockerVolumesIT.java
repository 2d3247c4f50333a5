package io.virtualnodes.backend.docker;

import static io.virtualnodes.backend.docker.EnginePool.exit;
import static io.virtualnodes.backend.docker.EnginePool.log;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume.Files;
import io.virtualnodes.backend.ContainerGroup.Volume.Medium;
import io.virtualnodes.backend.ContainerGroup.Volume.Scratch;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.docker.DockerBackend.SharedFolder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What containers see of their volumes on the real engine. */
@Timeout(120)
class DockerVolumesIT {
  // A user that owns nothing.
  private static final String AS_USER =
      "mkdir -p /etc; echo u:x:1000:1000::/:/bin/sh > /etc/passwd; su u -c ";

  private static EnginePool pool;
  private static DockerBackend backend;

  @BeforeAll
  static void open() {
    pool = new EnginePool();
    backend = pool.backend();
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  private static String ran(ContainerGroup group, String container) {
    backend.create(group);
    var finished = pool.awaitProgress(backend, group.id(), Progress.FINISHED);
    var log = log(backend, group.id(), container, LogOptions.ALL);
    assertThat(exit(finished, container).code()).describedAs(log).isZero();
    return log;
  }

  private static File file(String path, String content, int mode) {
    return new File(path, content.getBytes(StandardCharsets.UTF_8), mode);
  }

  @Test
  void filesHaveTheirContentAndModesAndCannotBeWrittenTo() {
    for (var policy : List.of(RestartPolicy.NEVER, RestartPolicy.ON_FAILURE)) {
      var longest = "n".repeat(150) + "/" + "m".repeat(150);
      var group =
          pool.group()
              .restarts(policy)
              .volume(
                  new Files(
                      "config",
                      List.of(
                          file("plain", "one\n", 0644),
                          file("secret", "two\n", 0400),
                          file("deep/er/run.sh", "echo three\n", 0755),
                          file(longest, "four\n", 0644),
                          file("empty", "", 0600))))
              .mount("config", "/config", true)
              .script(
                  "main",
                  "cd /config && cat plain secret && ./deep/er/run.sh 2>/dev/null || sh"
                      + " deep/er/run.sh; cat n*/m*; stat -L -c '%a %u' plain secret deep/er/run.sh"
                      + " empty deep .; ! touch new 2>/dev/null && ! echo x 2>/dev/null > plain")
              .build();

      assertThat(ran(group, "main").lines())
          .containsExactly(
              "one", "two", "three", "four", "644 0", "400 0", "755 0", "600 0", "755 0", "755 0");
    }
  }

  @Test
  void oneVolumeCanBeSeenTwiceAndAlsoInsideAnother() {
    var group =
        pool.group()
            .volume(new Scratch("data", Medium.DISK, 0))
            .volume(new Files("config", List.of(file("key", "value", 0644))))
            .mount("data", "/data", false)
            .mount("data", "/again", true)
            .mount("config", "/data/config", true)
            .script("main", "echo x > /data/file; cat /again/file /data/config/key")
            .build();

    assertThat(ran(group, "main")).isEqualTo("x\nvalue");
  }

  @Test
  void oneFileOfAVolumeCanBeSeenAloneAndStaysAfterARestart() {
    for (var policy : List.of(RestartPolicy.NEVER, RestartPolicy.ON_FAILURE)) {
      var group =
          pool.group()
              .restarts(policy)
              .volume(
                  new Files(
                      "config",
                      List.of(file("deep/app.conf", "value\n", 0400), file("other", "x", 0644))))
              .volume(new Scratch("data", Medium.DISK, 0))
              .mount("data", "/data", false)
              .mountFile("config", "deep/app.conf", "/etc/app/app.conf")
              .script(
                  "main",
                  "cat /etc/app/app.conf; ls /etc/app; stat -c '%a %F' /etc/app/app.conf;"
                      + " ! echo x 2>/dev/null > /etc/app/app.conf || exit 9;"
                      + " test "
                      + policy
                      + " = NEVER || test -e /data/again || { touch /data/again; exit 1; }")
              .build();

      assertThat(ran(group, "main")).isEqualTo("value\napp.conf\n400 regular file\n");
    }
  }

  @Test
  void aScratchVolumeIsOpenToEveryUserAndSharedByTheContainers() {
    var group =
        pool.group()
            .volume(new Scratch("data", Medium.DISK, 0))
            .mount("data", "/data", false)
            .script("writer", AS_USER + "'echo hello > /data/file'; stat -c '%a %u' /data/file")
            .mount("data", "/other", false)
            .script("reader", "until cat /other/file 2>/dev/null; do sleep 0.1; done")
            .build();

    assertThat(ran(group, "reader")).isEqualTo("hello\n");
    assertThat(log(backend, group.id(), "writer", LogOptions.ALL)).isEqualTo("644 1000\n");
  }

  @Test
  void aScratchVolumeOfASingleContainerIsOpenToEveryUser() {
    var group =
        pool.group()
            .volume(new Scratch("data", Medium.DISK, 0))
            .mount("data", "/data", false)
            .script("main", AS_USER + "'echo hello > /data/file && cat /data/file'")
            .build();

    assertThat(ran(group, "main")).isEqualTo("hello\n");
  }

  @Test
  void aScratchVolumeInMemoryIsTmpfsAndHasItsLimit() {
    for (var policy : List.of(RestartPolicy.NEVER, RestartPolicy.ON_FAILURE)) {
      var group =
          pool.group()
              .restarts(policy)
              .volume(new Scratch("memory", Medium.MEMORY, 1 << 20))
              .mount("memory", "/memory", false)
              .script(
                  "main",
                  "grep -c '/memory tmpfs .*size=1024k' /proc/mounts; "
                      + AS_USER
                      + "'head -c 1000000 /dev/zero > /memory/fits && echo fits';"
                      + " head -c 1000000 /dev/zero > /memory/not 2>/dev/null || echo full")
              .build();

      assertThat(ran(group, "main")).isEqualTo("1\nfits\nfull\n");
    }
  }

  @Test
  void aLimitOnDiskIsUnsupportedAndNamesItsField() {
    var group =
        pool.group()
            .volume(new Scratch("data", Medium.DISK, 1 << 20))
            .mount("data", "/data", false)
            .script("main", "true")
            .build();

    assertThatThrownBy(() -> backend.create(group))
        .isInstanceOf(BackendException.Unsupported.class)
        .hasMessageContaining("spec.volumes[data].emptyDir.sizeLimit");
    assertThat(pool.containers(group.id())).isEmpty();
  }

  @Test
  void sharedFoldersAreSeenByEveryContainerAsThePoolSays() {
    // The folder is one of the engine's machine, so its content has to be made through the engine.
    var folder = "/tmp/" + pool.name;
    var writable = pool.backend(new SharedFolder(folder, "/shared", false));
    var readable = pool.backend(new SharedFolder(folder, "/shared", true));
    var writer = pool.group().script("main", "echo hello > /shared/file").build();
    writable.create(writer);
    assertThat(exit(pool.awaitProgress(backend, writer.id(), Progress.FINISHED), "main").code())
        .isZero();
    var reader =
        pool.group()
            .restarts(RestartPolicy.ON_FAILURE)
            .script("main", "cat /shared/file && ! touch /shared/new 2>/dev/null")
            .build();

    readable.create(reader);

    var finished = pool.awaitProgress(backend, reader.id(), Progress.FINISHED);
    assertThat(log(backend, reader.id())).isEqualTo("hello\n");
    assertThat(exit(finished, "main").code()).isZero();
    var above = pool.backend(new SharedFolder("/tmp", "/above", false));
    var cleaner = pool.group().script("main", "rm -r /above/" + pool.name).build();
    above.create(cleaner);
    pool.awaitProgress(backend, cleaner.id(), Progress.FINISHED);
  }

  @Test
  void aMountOverASharedFolderIsUnsupported() {
    var shared = pool.backend(new SharedFolder("/tmp/" + pool.name, "/shared", true));
    var group =
        pool.group()
            .volume(new Scratch("data", Medium.DISK, 0))
            .mount("data", "/shared", false)
            .script("main", "true")
            .build();

    assertThatThrownBy(() -> shared.create(group))
        .isInstanceOf(BackendException.Unsupported.class)
        .hasMessageContaining("spec.containers[main].volumeMounts[data].mountPath");
  }

  @Test
  void volumesThatACrashLeftAreSweptAndOthersAreNot() {
    var gone = GroupId.first("gone-" + pool.name);
    var owner = new GroupOwner(pool.name, "node-0", "team-a", "pod-a");
    var left = new Names(pool.name).volume(gone, "data");
    var foreign = pool.name + "-foreign";
    for (var name : List.of(left, foreign)) {
      pool.engine()
          .createVolumeCmd()
          .withName(name)
          .withLabels(Marks.volumeLabels(gone, owner, "data"))
          .exec();
    }
    var kept =
        pool.group()
            .volume(new Scratch("data", Medium.DISK, 0))
            .mount("data", "/data", false)
            .script("main", "true")
            .build();
    backend.create(kept);
    pool.awaitProgress(backend, kept.id(), Progress.FINISHED);

    // A backend sweeps when it starts.
    var next = pool.backend();
    await()
        .untilAsserted(
            () -> {
              next.list();
              assertThat(pool.volumes()).doesNotContain(left);
            });

    assertThat(pool.volumes()).contains(foreign, new Names(pool.name).volume(kept.id(), "data"));
  }
}
