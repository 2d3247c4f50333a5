package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * {@code kubectl logs -f}, {@code exec}, {@code cp}, {@code attach} and {@code port-forward} to
 * pods of a pool at an emulated Azure, whose containers really run.
 */
@Execution(ExecutionMode.CONCURRENT)
class AzureStreamsIT {
  private static final Pattern PORT = Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+)");

  private static VirtualPool pool;
  private static EmulatedAzure azure;

  @TempDir private Path folder;

  @BeforeAll
  static void makePods() {
    azure = EmulatedAzure.of(AzureStreamsIT.class);
    pool = VirtualPool.at(azure.service(), AzureStreamsIT.class);
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: talks }
        spec:
          $onThePool
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'mkdir /www; echo page > /www/page; httpd -p 7000 -h /www; trap "exit 0" TERM; while true; do sleep 0.1; done']
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: mute }
        spec:
          $onThePool
          containers:
          - { name: main, image: "virtualnodes/pause:latest", imagePullPolicy: IfNotPresent }
        """);
    for (var name : List.of("talks", "mute")) {
      pool.awaitPhase(name, "Running");
    }
  }

  @AfterAll
  static void removeAll() {
    try (var _ = azure) {
      pool.close();
    }
  }

  // --- logs

  @Test
  void aLogIsFollowedToTheEndOfItsContainer() throws Exception {
    pool.run("counts", "Never", "for i in 1 2 3 4 5 6; do echo line $i; sleep 2; done; exit 3");
    pool.awaitPhase("counts", "Running");

    try (var talk = kubectl("logs", "-f", "counts")) {
      assertThat(talk.until("line 1\n")).isEqualTo("line 1\n");
      assertThat(pool.pod("counts").getStatus().getPhase()).isEqualTo("Running");
      assertThat(talk.all()).isEqualTo("line 2\nline 3\nline 4\nline 5\nline 6\n");
      assertThat(talk.exitCode()).isZero();
    }
    pool.awaitPhase("counts", "Failed");
    assertThat(pool.kubectl().run("logs", "counts", "--tail=2", "--timestamps"))
        .matches("(\\S+Z line [56]\n){2}");
    assertThat(pool.kubectl().attempt("logs", "-p", "counts").errors())
        .contains("Azure keeps the present one's only");
  }

  // --- commands

  @Test
  void outputErrorsAndExitCodeArrive() throws Exception {
    try (var talk = kubectl("exec", "talks", "--", "sh", "-c", "echo out; echo err >&2; exit 7")) {
      assertThat(talk.all()).isEqualTo("out\n");
      assertThat(talk.exitCode()).isEqualTo(7);
      assertThat(talk.errors()).contains("err\n", "exit code 7");
    }
    assertThat(pool.kubectl().run("exec", "talks", "--", "cat", "/www/page")).isEqualTo("page\n");
    assertThat(pool.kubectl().attempt("exec", "talks", "--", "/no/such/program").errors())
        .contains("/no/such/program", "not found");
  }

  @Test
  void theInputReachesTheProcessAndItsEnd() throws Exception {
    try (var talk = kubectl("exec", "-i", "talks", "--", "sh", "-c", "cat; echo end; exit 3")) {
      talk.say("hello\n");
      // It is there before there is an end of the input.
      talk.until("hello\n");
      talk.input().close();

      assertThat(talk.all()).isEqualTo("end\n");
      assertThat(talk.exitCode()).isEqualTo(3);
    }
  }

  @Test
  void filesAreCopiedBothWays() throws Exception {
    var there = folder.resolve("there");
    var back = folder.resolve("back");
    var checksum = Talk.pour(300_000, Files.newOutputStream(there));

    try (var talk = kubectl("cp", there.toString(), "talks:/tmp/copied")) {
      assertThat(talk.exitCode()).as(talk.errors()).isZero();
    }
    try (var talk = kubectl("cp", "talks:/tmp/copied", back.toString())) {
      assertThat(talk.exitCode()).as(talk.errors()).isZero();
    }

    assertThat(Talk.checksum(Files.newInputStream(back))).isEqualTo(checksum);
  }

  @Test
  void aTerminalHasTheSizeOfItsWindow() throws Exception {
    try (var talk =
        Talk.atATerminal(
            pool.kubectl(),
            Map.of(),
            "stty rows 40 cols 100; (sleep 8; stty -F /dev/tty rows 50 cols 132) & exec",
            "exec",
            "-it",
            "talks",
            "--",
            "sh",
            "-c",
            "sleep 3; stty size; until [ \"$(stty size)\" = '50 132' ]; do sleep 0.2; done;"
                + " echo resized; read line; echo heard $line; exit 9")) {
      var shown = talk.until("40 100");
      talk.until("resized");
      talk.say("me\n");
      talk.until("heard me");
      assertThat(talk.exitCode()).isEqualTo(9);
      // Nothing of how it came about.
      assertThat(shown).doesNotContain("stty -g").doesNotContain("\001");
    }
  }

  @Test
  void aKilledClientEndsItsProcess() throws Exception {
    try (var talk = kubectl("exec", "talks", "--", "sh", "-c", "echo runs; exec sleep 12345")) {
      talk.until("runs\n");
      assertThat(processes()).contains("sleep 12345");

      talk.kill();

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(processes()).doesNotContain("sleep 12345"));
    }
  }

  private static String processes() {
    return pool.kubectl().run("exec", "talks", "--", "ps");
  }

  @Test
  void aContainerWithoutAShellIsSaidToHaveNone() {
    var refused = pool.kubectl().attempt("exec", "mute", "--", "ls");

    assertThat(refused.succeeded()).isFalse();
    assertThat(refused.errors()).contains("without a shell (/bin/sh)");
  }

  // --- attach and ports

  @Test
  void attachHearsTheFirstProcessToItsEnd() throws Exception {
    pool.run("ticks", "Never", "for i in $(seq 15); do echo tick $i; sleep 1; done");
    pool.awaitPhase("ticks", "Running");

    try (var talk = kubectl("attach", "ticks")) {
      assertThat(talk.all()).endsWith("tick 15\n");
      assertThat(talk.exitCode()).as(talk.errors()).isZero();
    }
  }

  @Test
  void aPortIsForwardedToTheAddressOfThePod() throws Exception {
    try (var talk = kubectl("port-forward", "talks", ":7000")) {
      var line = PORT.matcher(talk.until("\n"));
      assertThat(line.find()).isTrue();
      try (var socket =
          new Socket(InetAddress.getByName("127.0.0.1"), Integer.parseInt(line.group(1)))) {
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write("GET /page HTTP/1.0\r\n\r\n".getBytes(UTF_8));

        assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8)).endsWith("page\n");
      }
    }
  }

  private static Talk kubectl(String... arguments) {
    return Talk.start(pool.kubectl(), Map.of(), arguments);
  }
}
