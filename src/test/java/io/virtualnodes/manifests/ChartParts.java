package io.virtualnodes.manifests;

import static io.virtualnodes.manifests.Manifests.kind;
import static io.virtualnodes.manifests.Manifests.name;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The parts of the Helm chart that are written from others: rights, CRD and monitoring. */
final class ChartParts {
  private static final String GENERATED =
      "{{- /* Written from %s by `make manifests`: change it there. */ -}}\n";
  private static final String INCLUDE_LABELS =
      "{{- include \"virtual-nodes-operator.labels\" . | nindent 4 }}";

  // Stands in an object for what is no YAML.
  private static final String LABELS = "LABELS";
  private static final Pattern OWN_NAMESPACE =
      Pattern.compile("(?m)^([ -]*namespace: )" + Base.NAMESPACE + "$");

  // What deploy/overlays/named-nodes replaces.
  private static final String AS_NODE = "virtual-nodes-operator-as-node";

  // What helm makes two braces of, which begin something of its own.
  private static final String BRACES = "{{ \"{{\" }}";

  private ChartParts() {}

  /**
   * The template of all rights.
   *
   * @param components by the value that wants them, those of {@code deploy/components}
   */
  static String rights(Manifests base, Map<String, Manifests> components) {
    var always = base.ofKinds(Base.RIGHTS).objects().stream().map(ChartParts::template);
    var optional =
        components.entrySet().stream()
            .map(
                component ->
                    "{{- if .Values.%s }}\n%s{{- end }}\n"
                        .formatted(component.getKey(), templates(component.getValue())));
    return GENERATED.formatted("deploy/base and deploy/components")
        + Stream.concat(always, optional).collect(Collectors.joining());
  }

  /**
   * The template of the CRD.
   *
   * @param crd the text of the generated file
   * @throws IllegalArgumentException if it is not as the generator writes it
   */
  static String crd(String crd) {
    String name = "metadata:\n  name: \"virtualnodepools.virtualnodes.io\"\n";
    if (!crd.contains(name)) {
      throw new IllegalArgumentException("the CRD does not begin as it used to");
    }
    return GENERATED.formatted("crds")
        + "{{- /* A file of the chart's crds folder would be installed once and never upgraded. */"
        + " -}}\n"
        + "{{- if .Values.crds.install }}\n"
        + crd.replaceFirst("^#.*\n", "")
            .replace("{{", BRACES)
            .replace(
                name,
                name
                    + "  labels:\n    "
                    + INCLUDE_LABELS
                    + "\n"
                    + "  annotations:\n"
                    + "    # Pools would go with it, and what runs in them.\n"
                    + "    helm.sh/resource-policy: keep\n")
        + "{{- end }}\n";
  }

  /**
   * The template of what the Prometheus operator reads.
   *
   * @param component that of {@code deploy/components}
   */
  static String monitoring(Manifests component) {
    return GENERATED.formatted("deploy/components/monitoring")
        + "{{- if .Values.monitoring.enabled }}\n"
        + component.objects().stream().map(ChartParts::template).collect(Collectors.joining())
        + "{{- end }}\n";
  }

  private static String templates(Manifests objects) {
    return objects.ofKinds(Base.RIGHTS).objects().stream()
        .map(ChartParts::template)
        .collect(Collectors.joining());
  }

  private static String template(ObjectNode object) {
    var copy = object.deepCopy();
    ((ObjectNode) copy.get("metadata")).put("labels", LABELS);
    String yaml =
        Manifests.yaml(copy)
            .replace("{{", BRACES)
            .replace("  labels: " + LABELS + "\n", "  labels:\n    " + INCLUDE_LABELS + "\n");
    yaml = OWN_NAMESPACE.matcher(yaml).replaceAll("$1{{ .Release.Namespace }}");
    return "---\n"
        + (name(object).equals(AS_NODE) && kind(object).equals("ClusterRole")
            ? eitherRules(yaml)
            : yaml);
  }

  /** Rules are the last of a role's fields. */
  private static String eitherRules(String yaml) {
    return yaml.replace(
            "rules:\n",
            """
            rules:
            {{- if eq .Values.impersonation.mode "Named" }}
            {{- include "virtual-nodes-operator.named-nodes" . | nindent 0 }}
            {{- else }}
            """)
        + "{{- end }}\n";
  }
}
