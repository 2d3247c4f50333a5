package io.virtualnodes.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.node.NodeShare;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scheduler's rules for one node. */
class PlacementTest {
  private static final NodeView NODE =
      new NodeView(
          "burst-0",
          Map.of("virtualnodes.io/pool", "burst", "cores", "16"),
          List.of(
              new TaintBuilder()
                  .withKey("virtualnodes.io/pool")
                  .withValue("burst")
                  .withEffect("NoSchedule")
                  .build()),
          Optional.of(new NodeShare(4000, 8L << 30, 10)),
          false);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ operator: Exists }|true",
        "{ key: virtualnodes.io/pool, operator: Exists }|true",
        "{ key: virtualnodes.io/pool, value: burst }|true",
        "{ key: virtualnodes.io/pool, operator: Equal, value: burst, effect: NoSchedule }|true",
        "{ key: virtualnodes.io/pool, value: other }|false",
        "{ key: virtualnodes.io/pool }|false",
        "{ key: other, operator: Exists }|false",
        "{ key: virtualnodes.io/pool, operator: Exists, effect: NoExecute }|false"
      })
  void aTaintIsToleratedAsTheSchedulerSays(String toleration, boolean comes) {
    assertThat(place("tolerations: [" + toleration + "]").reasons().isEmpty()).isEqualTo(comes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "key: virtualnodes.io/pool, operator: In, values: [other, burst]|true",
        "key: virtualnodes.io/pool, operator: NotIn, values: [burst]|false",
        "key: virtualnodes.io/pool, operator: DoesNotExist|false",
        "key: none, operator: NotIn, values: [burst]|true",
        "key: none, operator: Exists|false",
        "key: cores, operator: Gt, values: ['15']|true",
        "key: cores, operator: Gt, values: ['16']|false",
        "key: cores, operator: Lt, values: ['17']|true",
        "key: virtualnodes.io/pool, operator: Lt, values: ['17']|false"
      })
  void aRequiredAffinityHoldsAsTheSchedulerSays(String expression, boolean comes) {
    var placement =
        place(
            """
            tolerations: [{ operator: Exists }]
            affinity:
              nodeAffinity:
                requiredDuringSchedulingIgnoredDuringExecution:
                  nodeSelectorTerms: [{}, { matchExpressions: [{ %s }] }]
            """
                .formatted(expression));

    assertThat(placement.reasons().isEmpty()).isEqualTo(comes);
  }

  @Test
  void aTaintOfOursThatComesAndGoesIsNoReason() {
    var stopped =
        new NodeView(
            "burst-0",
            Map.of(),
            List.of(
                new TaintBuilder()
                    .withKey("virtualnodes.io/stopped")
                    .withEffect("NoSchedule")
                    .build()),
            Optional.empty(),
            false);

    var placement = Placement.of(pod("restartPolicy: Always"), Resources.UNNAMED, stopped);

    assertThat(placement.reasons()).isEmpty();
    assertThat(placement.passing())
        .containsExactly("spec.tolerations: none for the taint virtualnodes.io/stopped:NoSchedule");
  }

  @Test
  void aPodThatNamesItsNodeIsNotScheduled() {
    assertThat(place("nodeName: burst-0").reasons()).isEmpty();
    assertThat(place("nodeName: machine").reasons())
        .containsExactly("spec.nodeName: is machine, no node of this pool");
  }

  @Test
  void whatIsLargerThanANodeDoesNotFit() {
    var placement =
        Placement.of(
            pod("tolerations: [{ operator: Exists }]"), new Resources(4001, 1L << 30), NODE);

    assertThat(placement.reasons())
        .containsExactly(
            "spec.containers[].resources.requests: 4001m CPU, 1Gi in all are more than node burst-0"
                + " has, 4 CPU, 8Gi");
  }

  private static Placement place(String spec) {
    return Placement.of(pod(spec), Resources.UNNAMED, NODE);
  }

  private static Pod pod(String spec) {
    return new KubernetesSerialization()
        .unmarshal("metadata: { name: web }\nspec:\n" + spec.indent(2), Pod.class);
  }
}
