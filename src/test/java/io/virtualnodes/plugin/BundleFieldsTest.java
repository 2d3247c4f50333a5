package io.virtualnodes.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not listed stays in the cluster. */
class BundleFieldsTest {
  private static final String CANARY = "kept-in-the-cluster";

  @Test
  void aPodLosesAllThatItCouldHaveSecretsIn() {
    var pod =
        Yaml.documents(
                "pod",
                """
                metadata:
                  name: web
                  labels: { note: %1$s }
                  annotations:
                    kubectl.kubernetes.io/last-applied-configuration: %1$s
                    virtualnodes.io/group: 6b9f-0
                  managedFields: [{ manager: %1$s }]
                spec:
                  nodeName: burst-0
                  containers:
                  - name: app
                    image: web:1
                    command: [%1$s]
                    args: [%1$s]
                    env: [{ name: PASSWORD, value: %1$s }]
                    livenessProbe: { httpGet: { port: 1, httpHeaders: [{ name: Key, value: %1$s }] } }
                    lifecycle: { preStop: { exec: { command: [%1$s] } } }
                    resources: { requests: { cpu: 100m } }
                  volumes: [{ name: %1$s }]
                  somethingOfALaterKubernetes: %1$s
                status:
                  phase: Failed
                  containerStatuses:
                  - name: app
                    state: { terminated: { exitCode: 1, message: %1$s } }
                    lastState: { terminated: { exitCode: 1, message: %1$s } }
                """
                    .formatted(CANARY))
            .getFirst();

    var copy = BundleFields.of(pod, BundleFields.POD);

    assertThat(copy.toString()).doesNotContain(CANARY);
    assertThat(copy.at("/metadata/annotations").toString())
        .isEqualTo("{\"virtualnodes.io/group\":\"6b9f-0\"}");
    assertThat(copy.at("/spec/containers/0/resources/requests/cpu").asText()).isEqualTo("100m");
    assertThat(copy.at("/status/containerStatuses/0/state/terminated/exitCode").asInt())
        .isEqualTo(1);
  }

  @Test
  void anEventThatCanHoldOutputLosesItsMessage() {
    assertThat(event("Unhealthy").toString()).doesNotContain(CANARY);
    assertThat(event("SomethingOfALaterKubernetes").toString()).doesNotContain(CANARY);
    assertThat(event("NoCapacity").path("message").asText()).isEqualTo(CANARY);
  }

  private static com.fasterxml.jackson.databind.JsonNode event(String reason) {
    return BundleFields.event(
        Yaml.documents("event", "{ reason: %s, message: %s }".formatted(reason, CANARY))
            .getFirst());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJrZXB0In0.c2lnbmF0dXJl refused",
        "Authorization: Bearer kept-in-the-cluster",
        "said: AccountKey=kept-in-the-cluster;",
        "said a2VwdC1pbi10aGUtY2x1c3RlcmtlcHQtaW4tdGhlLWNsdXN0ZXI= twice"
      })
  void aLineOfTheLogLosesWhatLooksLikeASecret(String line) {
    assertThat(BundleFields.line(line))
        .contains("[left out]")
        .doesNotContain(CANARY, "eyJ", "a2VwdC1");
  }

  @Test
  void aLineOfTheLogKeepsItsIds() {
    var line = "INFO group accepted pod=shop/web group=6b9f0d5c-1b1c-4c7e-9f43-0d3f1a2b3c4d-0";

    assertThat(BundleFields.line(line)).isEqualTo(line);
  }
}
