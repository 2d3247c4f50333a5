package io.virtualnodes.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.api.CommittedCrd;
import io.virtualnodes.pod.GoldenCase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That the Helm chart installs what {@code deploy/base} does. */
class ChartTest {
  private static final GoldenCase TEMPLATES = new GoldenCase(Chart.FOLDER.resolve("templates"));
  private static final Path PAGE = Path.of("docs", "install-helm.md");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Za-z.]+)` \\|");

  @Test
  void theRightsAreWrittenFromTheBase() {
    TEMPLATES.expect("rights.yaml", ChartParts.rights(Base.manifests(), Base.components()));
  }

  @Test
  void theCrdIsWrittenFromTheGeneratedOne() {
    TEMPLATES.expect("crd.yaml", ChartParts.crd(CommittedCrd.text()));
  }

  @Test
  void theMonitoringIsWrittenFromTheComponent() {
    TEMPLATES.expect("monitoring.yaml", ChartParts.monitoring(Base.monitoring()));
  }

  @Test
  void whatHelmRenderedIsOfTheChartAsItIs() {
    assertThat(Manifests.read(Chart.RENDERED))
        .as("run `make test-manifests GOLDEN=write`, for helm to render the chart as it is now")
        .startsWith(Chart.renderedOf());
  }

  @Test
  void withoutValuesItInstallsTheBase() {
    var chart = Chart.withoutHelmsLabels(Manifests.in(Chart.RENDERED));
    // A release's namespace is there before it, and the CRD is compared by itself.
    var base = Base.manifests().without("Namespace", "CustomResourceDefinition");

    assertThat(chart.differencesFrom(base))
        .as("what the chart (here) says otherwise than deploy/base (there)")
        .isEmpty();
  }

  @Test
  void itHasTheVersionOfTheImage() {
    var chart = Manifests.in(Chart.FOLDER.resolve("Chart.yaml")).objects().getFirst();

    assertThat(List.of(chart.get("version").asText(), chart.get("appVersion").asText()))
        .containsOnly(Base.version());
  }

  @Test
  void thePageHasARowForEachValue() {
    var rows =
        ROW.matcher(Manifests.read(PAGE)).results().map((MatchResult row) -> row.group(1)).toList();

    assertThat(rows).containsExactlyInAnyOrderElementsOf(values());
  }

  /** As users write them with --set; an empty list or object is one too. */
  private static List<String> values() {
    ObjectNode values = Manifests.in(Chart.FOLDER.resolve("values.yaml")).objects().getFirst();
    var paths = new ArrayList<String>();
    values
        .properties()
        .forEach(
            value -> {
              JsonNode inner = value.getValue();
              // The parts of resources are Kubernetes' own.
              if (inner.isObject() && !inner.isEmpty() && !value.getKey().equals("resources")) {
                inner.fieldNames().forEachRemaining(n -> paths.add(value.getKey() + "." + n));
              } else {
                paths.add(value.getKey());
              }
            });
    return paths;
  }
}
