package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.exception.NotFoundException;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Images of a registry that wants to know who asks. */
@Execution(ExecutionMode.CONCURRENT)
class PullSecretsIT {
  private static final String PASSWORD = "swordfish-of-the-registry";
  private static final List<String> IMAGES =
      List.of("team/tried", "team/account", "team/late", "team/nobody");

  @AutoClose private static VirtualPool pool;
  @AutoClose private static PrivateRegistry registry;

  @BeforeAll
  static void makePool() throws IOException {
    pool = VirtualPool.of(PullSecretsIT.class);
    registry =
        PrivateRegistry.of(
            pool.cluster().engine().client(),
            "virtualnodes/busybox:latest",
            Map.of("reader", PASSWORD));
  }

  @AfterAll
  static void removeImages() {
    for (var image : IMAGES) {
      try {
        pool.cluster().engine().client().removeImageCmd(image(image)).withForce(true).exec();
      } catch (NotFoundException e) {
        // It was never fetched, which a test says louder.
      }
    }
  }

  private static String image(String name) {
    return registry.host() + "/" + name + ":1";
  }

  private static String secret(String name, String place, String password) {
    var auth =
        Base64.getEncoder().encodeToString(("reader:" + password).getBytes(StandardCharsets.UTF_8));
    return """
    apiVersion: v1
    kind: Secret
    metadata: { name: %s }
    type: kubernetes.io/dockerconfigjson
    stringData:
      .dockerconfigjson: '{"auths": {"%s": {"auth": "%s"}}}'
    ---
    """
        .formatted(name, place, auth);
  }

  private static String pod(String name, String image, String more) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: { name: %s }
    spec:
      $onThePool
      %s
      containers:
      - name: main
        image: %s
        imagePullPolicy: Always
        command: [sh, -c, 'test -e /notes/been || { touch /notes/been; exit 1; }']
        volumeMounts: [{ name: notes, mountPath: /notes }]
      volumes: [{ name: notes, emptyDir: {} }]
    """
        .formatted(name, more, image(image));
  }

  private static List<String> deliveries(String image) {
    return registry.deliveries().stream().filter(one -> one.endsWith(image)).toList();
  }

  @Test
  void everyLoginThatMatchesIsTriedAlsoForTheNextInstance() {
    pool.apply(
        secret("outdated", registry.host() + "/team/tried", "as it was")
            + secret("right", registry.host(), PASSWORD)
            + secret("elsewhere", "registry.example.com", "none")
            + pod(
                "tried",
                "team/tried",
                "imagePullSecrets: [{ name: elsewhere }, { name: outdated }, { name: right }]\n"
                    + "  restartPolicy: OnFailure"));

    var ended = pool.awaitPhase("tried", "Succeeded");

    assertThat(container(ended).getRestartCount()).isEqualTo(1);
    assertThat(deliveries("team/tried")).hasSize(2).containsOnly("reader team/tried");
  }

  @Test
  void theServiceAccountsSecretsAreThePods() {
    pool.apply(
        secret("of-the-account", "127.*.0.1:" + registry.host().split(":")[1], PASSWORD)
            + """
            apiVersion: v1
            kind: ServiceAccount
            metadata: { name: fetcher }
            imagePullSecrets: [{ name: of-the-account }]
            ---
            """
            + pod(
                "by-account",
                "team/account",
                "serviceAccountName: fetcher\n  restartPolicy: OnFailure"));

    pool.awaitPhase("by-account", "Succeeded");

    assertThat(deliveries("team/account")).containsOnly("reader team/account");
  }

  @Test
  void aSecretThatIsNotThereYetIsToldAndUsedOnceItIs() {
    pool.apply(
        pod("late", "team/late", "imagePullSecrets: [{ name: late }]\n  restartPolicy: OnFailure"));
    var waiting = pool.await("late", PullSecretsIT::imageIsMissing);

    assertThat(message(waiting)).contains(registry.host() + "/team/late");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(pool.events("late", "FailedToRetrieveImagePullSecret"))
                    .extracting(Event::getMessage)
                    .containsExactly(
                        "Unable to retrieve some image pull secrets (late); attempting to pull the"
                            + " image may not succeed."));

    pool.apply(secret("late", registry.host(), PASSWORD));
    pool.awaitPhase("late", "Succeeded");
  }

  @Test
  void withoutALoginThereIsNoImageAndNoPasswordIsTold() {
    pool.apply(
        secret("wrong", registry.host(), "wrong-" + PASSWORD)
            + pod(
                "nobody",
                "team/nobody",
                "imagePullSecrets: [{ name: wrong }]\n  restartPolicy: Never"));
    pool.await("nobody", PullSecretsIT::imageIsMissing);

    assertThat(deliveries("team/nobody")).isEmpty();
    var auth =
        Base64.getEncoder()
            .encodeToString(("reader:wrong-" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    assertThat(pool.kubectl().run("get", "events,pods", "-o=yaml"))
        .contains("team/nobody")
        .doesNotContain(PASSWORD, auth);
    assertThat(pool.cluster().operator().log()).doesNotContain(PASSWORD, auth);
    pool.kubectl().run("delete", "pod", "nobody", "--grace-period=0");
  }

  private static boolean imageIsMissing(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .map(status -> status.getState().getWaiting())
        .anyMatch(
            waiting ->
                waiting != null
                    && List.of("ErrImagePull", "ImagePullBackOff").contains(waiting.getReason()));
  }

  private static String message(Pod pod) {
    return container(pod).getState().getWaiting().getMessage();
  }
}
