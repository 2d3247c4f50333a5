package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.Recording;
import io.virtualnodes.pod.DrivenPods;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a pod must not show, over its whole life: in variables, files, tokens and logins to
 * registries.
 */
class FargateSecretsTest {
  private static final String UID = "0000-1";
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final int MOST_BEATS = 60;

  private static final String VARIABLE = "canary-of-a-variable";
  private static final String FILE = "canary-of-a-file";
  private static final String TOKEN = "canary-of-a-token";
  private static final String USER = "canary-of-a-user";
  private static final String PASSWORD = "canary-of-a-password";

  // How an archive of files begins once it is text: what is in it cannot be recognized.
  private static final String ARCHIVE = "H4sI";

  @TempDir private Path folder;
  private Path record;
  private FargateSubject aws;
  private DrivenPods pods;

  @BeforeEach
  void open() {
    record = folder.resolve("traffic.jsonl");
    aws =
        new FargateSubject(
            "burst", Limits.USUAL, List.of(FargatePlace.Capacity.ON_DEMAND), Optional.of(record));
    // Events tell of tasks as they are described.
    aws.hear();
    pods = new DrivenPods(aws.backend(), aws.pool(), aws::now);
    useLogins();
    pods.secret(
        "metadata: {name: words}\ndata: {variable: %s, file: %s}"
            .formatted(base64(VARIABLE), base64(FILE)));
    pods.token(TOKEN);
  }

  @AfterEach
  void close() {
    aws.close();
  }

  private void useLogins() {
    aws.backend().useLogins((_, _, _) -> List.of(new RegistryLogin("docker.io", USER, PASSWORD)));
  }

  @Test
  void whatAPodMustNotShowIsInNoRequestButThoseOfSecretsManager() throws IOException {
    pods.add(
        UID,
        """
        restartPolicy: OnFailure
        volumes:
        - name: all
          projected:
            sources:
            - secret: {name: words, items: [{key: file, path: file}]}
            - serviceAccountToken: {path: token}
        containers:
        - name: main
          image: docker.io/virtualnodes/busybox:latest
          command: [sh, -c, "sleep 20; echo said; exit 3"]
          env: [{name: WORD, valueFrom: {secretKeyRef: {name: words, key: variable}}}]
          volumeMounts: [{name: all, mountPath: /all}]
        """);

    // A task, its log, another task after it, and one that the next operator finds.
    passBeatsUntil(() -> restarts() == 1);
    assertThat(log()).isEqualTo("said\n");
    aws.restart();
    pods = pods.under(aws.backend());
    useLogins();
    passBeatsUntil(() -> restarts() == 2);
    pods.delete(UID);
    passBeatsUntil(() -> pods.pods().isEmpty());

    var recorded = Recording.of(record);
    assertThat(recorded.ofOthers())
        .anySatisfy(line -> assertThat(line).contains("RegisterTaskDefinition"))
        .anySatisfy(line -> assertThat(line).contains("RunTask", "overrides"))
        .anySatisfy(line -> assertThat(line).contains("DescribeTasks"))
        .anySatisfy(line -> assertThat(line).contains("ReceiveMessage", "ECS Task State Change"))
        .anySatisfy(line -> assertThat(line).contains("GetLogEvents", "said"))
        .allSatisfy(
            line ->
                assertThat(line)
                    .doesNotContain(
                        Stream.of(VARIABLE, FILE, TOKEN, USER, PASSWORD)
                            .flatMap(word -> Stream.of(word, base64(word)))
                            .toList())
                    .doesNotContain(ARCHIVE)
                    // Nor is there a field by whose name the emulator knew it for a secret.
                    .doesNotContain("\"hidden\""));
    assertThat(recorded.ofSecrets())
        .anySatisfy(line -> assertThat(line).contains("\"SecretString\":\"hidden\""))
        .allSatisfy(
            line ->
                assertThat(line)
                    .doesNotContain(List.of(VARIABLE, FILE, TOKEN, USER, PASSWORD, ARCHIVE)));
  }

  /** That a leak would be seen: the secrets that were kept are looked at by what they say. */
  @Test
  void allOfItIsInSecretsManagerAsLongAsThePodIsThere() {
    pods.add(
        UID,
        """
        restartPolicy: Never
        containers:
        - name: main
          image: docker.io/virtualnodes/busybox:latest
          command: [sh, -c, "sleep 3600"]
          env: [{name: WORD, valueFrom: {secretKeyRef: {name: words, key: variable}}}]
        """);
    passBeatsUntil(() -> "Running".equals(pods.pod(UID).getStatus().getPhase()));
    assertThat(aws.aws().secretTexts())
        .anySatisfy(text -> assertThat(text).contains(VARIABLE))
        .anySatisfy(text -> assertThat(text).contains(USER, PASSWORD));

    pods.delete(UID);
    passBeatsUntil(() -> pods.pods().isEmpty());

    await().untilAsserted(() -> assertThat(aws.aws().secretTexts()).isEmpty());
  }

  // ---- Words

  private static String base64(String word) {
    return Base64.getEncoder().encodeToString(word.getBytes(StandardCharsets.UTF_8));
  }

  private int restarts() {
    return pods.pod(UID).getStatus().getContainerStatuses().stream()
        .mapToInt(status -> status.getRestartCount())
        .sum();
  }

  private String log() throws IOException {
    try (var log =
        aws.backend().streams().logs(GroupId.first(UID), "main", previous()).orElseThrow()) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static LogOptions previous() {
    return new LogOptions(
        false, true, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
  }

  private void passBeatsUntil(BooleanSupplier wanted) {
    for (int beat = 0; beat < MOST_BEATS && !wanted.getAsBoolean(); beat++) {
      pods.look();
      pods.step();
      aws.pass(BEAT);
    }
    assertThat(wanted.getAsBoolean()).as(() -> pods.pods().toString()).isTrue();
  }
}
