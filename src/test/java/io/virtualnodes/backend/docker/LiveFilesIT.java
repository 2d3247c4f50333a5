package io.virtualnodes.backend.docker;

import static io.virtualnodes.backend.docker.EnginePool.log;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume.Files;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LiveFiles;
import io.virtualnodes.backend.Observation.Progress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How files change under running containers of the real engine. */
@Timeout(120)
class LiveFilesIT {
  private static final int CHANGES = 10;

  // Reads two files in a loop, each time in the folder that it opened before, and each of them by
  // its name; tells what it saw once there is a third.
  private static final String WATCHER =
      """
      mixes=0; gaps=0; seen=; last=
      until [ -e /config/end ]; do
        cat /config/deep/a >/dev/null 2>&1 || gaps=$((gaps+1))
        cd -P /config/..data
        a=$(cat deep/a 2>/dev/null) && b=$(cat b 2>/dev/null) || continue
        [ "$a" = "$b" ] || mixes=$((mixes+1))
        [ "$a" = "$last" ] || { seen="$seen $a"; last=$a; }
      done
      echo "mixes $mixes gaps $gaps seen$seen"
      """;

  private static EnginePool pool;
  private static DockerBackend backend;
  private static LiveFiles files;

  @BeforeAll
  static void open() {
    pool = new EnginePool();
    backend = pool.backend();
    files = backend.liveFiles().orElseThrow();
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  private static File file(String path, String content, int mode) {
    return new File(path, content.getBytes(StandardCharsets.UTF_8), mode);
  }

  private static Files config(File... content) {
    return new Files("config", List.of(content));
  }

  private static Files both(String content) {
    return config(file("deep/a", content, 0644), file("b", content, 0400));
  }

  private static GroupId running(ContainerGroup group) {
    backend.create(group);
    pool.awaitRunning(backend, group.id());
    return group.id();
  }

  private static Files read(GroupId id) {
    var found = files.read(id, Set.of("config", "none"));
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  @ParameterizedTest
  @EnumSource(
      value = RestartPolicy.class,
      names = {"NEVER", "ON_FAILURE"})
  void whoReadsSeesAllFilesOfOneTimeAndNeverNone(RestartPolicy policy) {
    var id =
        running(
            pool.group()
                .restarts(policy)
                .volume(both("0"))
                .mount("config", "/config", true)
                .script("main", WATCHER)
                .build());

    for (int n = 1; n <= CHANGES; n++) {
      files.replace(id, List.of(both("" + n)));
      assertThat(read(id).files()).containsExactlyInAnyOrderElementsOf(both("" + n).files());
    }
    files.replace(
        id,
        List.of(config(file("deep/a", "x", 0644), file("b", "x", 0644), file("end", "", 0644))));

    pool.awaitProgress(backend, id, Progress.FINISHED);
    assertThat(log(backend, id)).startsWith("mixes 0 gaps 0 seen 0 1 ").contains(" 9 10");
  }

  @Test
  void namesThatAreNoMoreGoAndModesAreTheNewOnes() {
    var id =
        running(
            pool.group()
                .restarts(RestartPolicy.ON_FAILURE)
                .volume(config(file("a", "1", 0644), file("goes/x", "1", 0644)))
                .mount("config", "/config", true)
                .script(
                    "main",
                    "until [ -e /config/new ]; do sleep 0.1; done; cd /config; ls; ls -a |"
                        + " grep -c '^[.][.]2'; stat -L -c '%a %u' a new/y; cat a new/y;"
                        + " ! touch more 2>/dev/null")
                .build());

    files.replace(id, List.of(config(file("a", "2", 0600), file("new/y", "3", 0444))));

    pool.awaitProgress(backend, id, Progress.FINISHED);
    assertThat(log(backend, id)).isEqualTo("a\nnew\n1\n600 0\n444 0\n23");
  }

  @Test
  void aMountOfASingleFileKeepsTheFormerOne() {
    var id =
        running(
            pool.group()
                .restarts(RestartPolicy.ON_FAILURE)
                .volume(both("old"))
                .mount("config", "/config", true)
                .mountFile("config", "deep/a", "/etc/one")
                .script(
                    "main",
                    "until grep -q new /config/b; do sleep 0.1; done; cat /etc/one /config/deep/a")
                .build());

    files.replace(id, List.of(both("new")));

    pool.awaitProgress(backend, id, Progress.FINISHED);
    assertThat(log(backend, id)).isEqualTo("oldnew");
  }

  @Test
  void whatIsThereAlreadyIsNotWrittenAgainAndAnotherProcessKnows() {
    var id =
        running(
            pool.group()
                .restarts(RestartPolicy.ALWAYS)
                .volume(both("same"))
                .mount("config", "/config", true)
                .script("main", "sleep 600")
                .build());
    var next = pool.backend().liveFiles().orElseThrow();
    try (var proxy = pool.proxy();
        var watched = pool.backend(java.net.URI.create(proxy.host()), "bridge")) {
      int before = proxy.changes();

      watched.liveFiles().orElseThrow().replace(id, List.of(both("same")));

      assertThat(proxy.changes()).isEqualTo(before);
    }
    assertThat(next.read(id, Set.of("config"))).isEqualTo(List.of(read(id)));
  }

  @Test
  void nothingIsLeftBehindAndAContainerThatACrashLeftIsNotInTheWay() {
    var id =
        running(
            pool.group()
                .restarts(RestartPolicy.ALWAYS)
                .volume(both("old"))
                .mount("config", "/config", true)
                .script("main", "sleep 600")
                .build());
    var mine = pool.containers(id).getFirst();
    var left =
        pool.stranger(
            new Names(pool.name).writer(id),
            Marks.of(mine.getLabels()).orElseThrow().writer().labels());

    files.replace(id, List.of(both("new")));

    assertThat(read(id).files()).contains(file("b", "new", 0400));
    assertThat(pool.containers(id))
        .hasSize(2)
        .noneMatch(container -> container.getId().equals(left));
    assertThat(EnginePool.find(backend, id).orElseThrow().progress()).isEqualTo(Progress.ALIVE);
  }

  @Test
  void aGroupThatEndedOrIsGoneIsLeftAlone() {
    var group =
        pool.group()
            .volume(both("old"))
            .mount("config", "/config", true)
            .script("main", "true")
            .build();
    backend.create(group);
    pool.awaitProgress(backend, group.id(), Progress.FINISHED);

    files.replace(group.id(), List.of(both("new")));
    assertThat(read(group.id()).files()).contains(file("b", "old", 0400));

    backend.delete(group.id());
    await().until(() -> pool.containers(group.id()).isEmpty());
    files.replace(group.id(), List.of(both("new")));
    assertThat(files.read(group.id(), Set.of("config"))).isEmpty();
    assertThat(pool.containers(group.id())).isEmpty();
  }
}
