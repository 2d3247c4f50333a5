package io.virtualnodes.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinitionBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.List;
import java.util.Map;

/**
 * What the CRD says beyond the annotations of the records, because the generator has none for it.
 * Runs while the operator is built, never in the operator.
 */
public final class PublishedSchema implements CRDPostProcessor {

  // A list, since the generator would sort the columns of annotations by their paths.
  private static final List<CustomResourceColumnDefinition> COLUMNS =
      List.of(
          column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
          column("Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason"),
          column("Nodes", "integer", ".status.nodes"),
          column("Ready-Nodes", "integer", ".status.readyNodes"),
          column("Backend", "string", ".spec.backends[0].name"),
          column("Running", "integer", ".status.pods.running"),
          column("Waiting", "integer", ".status.pods.waiting"),
          column("Age", "date", ".metadata.creationTimestamp"));

  // The class is fabric8's and has no descriptions; the words are those of Kubernetes.
  private static final Map<String, String> CONDITION =
      Map.of(
          "type", "What is said to hold, such as `Ready`.",
          "status", "`True`, `False` or `Unknown`.",
          "observedGeneration", "The `metadata.generation` that the condition speaks of.",
          "lastTransitionTime",
              "When the condition's status changed last, as RFC 3339 writes times.",
          "reason", "Why, as one word for programs.",
          "message", "Why, as a sentence for people.");

  @Override
  public HasMetadata process(HasMetadata crd, String crdVersion) {
    ((CustomResourceDefinition) crd).getSpec().getVersions().forEach(PublishedSchema::complete);
    return crd;
  }

  private static void complete(CustomResourceDefinitionVersion version) {
    version.setAdditionalPrinterColumns(COLUMNS);
    var root = version.getSchema().getOpenAPIV3Schema();
    complete(root);
    completeSpec(field(root, "spec"));
    completeStatus(field(root, "status"));
    tidy(root, "");
  }

  private static void complete(JSONSchemaProps root) {
    root.setDescription(
        "Declares where serverless containers run, and the virtual nodes that stand for it in the"
            + " cluster.");
    root.setRequired(List.of("spec"));
  }

  private static void completeSpec(JSONSchemaProps spec) {
    spec.setDescription("What is wanted.");
    // Without these, the defaults inside would not appear where the whole object is left out.
    spec.getProperties().get("nodes").setDefault(JsonNodeFactory.instance.objectNode());
    spec.getProperties().get("network").setDefault(JsonNodeFactory.instance.objectNode());
    spec.getProperties().get("drain").setDefault(JsonNodeFactory.instance.objectNode());

    listByKeys(field(spec, "backends"), "name");
    listByKeys(field(spec, "backends", "docker", "sharedFolders"), "mountPath");
    // Which comes first makes no difference.
    field(spec, "backends", "aci", "subnetIds").setXKubernetesListType("set");
    field(spec, "backends", "aci", "zones").setXKubernetesListType("set");
    listByKeys(field(spec, "backends", "aci", "identities"), "name");
    field(spec, "backends", "aci", "identities", "namespaces").setXKubernetesListType("set");
    listByKeys(field(spec, "backends", "aci", "registries"), "server");
    field(spec, "backends", "aci", "unnamed").setDefault(JsonNodeFactory.instance.objectNode());
    field(spec, "backends", "fargate", "subnets").setXKubernetesListType("set");
    field(spec, "backends", "fargate", "securityGroups").setXKubernetesListType("set");
    listByKeys(field(spec, "backends", "fargate", "taskRoles"), "namespace", "serviceAccount");
    listByKeys(field(spec, "backends", "fargate", "sharedFileSystems"), "mountPath");
    field(spec, "backends", "fargate", "unnamed").setDefault(JsonNodeFactory.instance.objectNode());
    field(spec, "backends", "simulated", "quota").setDefault(simulatedQuota());
    field(spec, "backends", "simulated", "failures")
        .setDefault(JsonNodeFactory.instance.objectNode());
    field(spec, "backends", "simulated", "missingImages").setXKubernetesListType("set");
    listByKeys(field(spec, "nodes", "taints"), "key", "effect");
    // Nodes have the zones in turn, so the order is part of what one author says.
    field(spec, "nodes", "zones").setXKubernetesListType("atomic");
    // The first one is asked first.
    field(spec, "network", "dnsServers").setXKubernetesListType("atomic");
  }

  /** Honest, if only as an example: nodes advertise it unless the pool says otherwise. */
  private static JsonNode simulatedQuota() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("cpu", "100")
        .put("memory", "400Gi")
        .put("pods", "1000");
  }

  private static void completeStatus(JSONSchemaProps status) {
    status.setDescription("What the operator saw. Only the operator writes it.");
    // Without it, who waits by kstatus takes a pool that the operator has not seen yet for one that
    // is done.
    status.setDefault(JsonNodeFactory.instance.objectNode().put("observedGeneration", -1));
    listByKeys(field(status, "backends"), "name");
    field(status, "backends").getItems().getSchema().setRequired(List.of("name"));

    var conditions = field(status, "conditions");
    listByKeys(conditions, "type");
    var condition = conditions.getItems().getSchema();
    condition.setRequired(List.of("lastTransitionTime", "message", "reason", "status", "type"));
    condition.getProperties().get("lastTransitionTime").setFormat("date-time");
    condition
        .getProperties()
        .forEach((name, property) -> property.setDescription(CONDITION.get(name)));
  }

  /** Lets several authors have entries of their own, and refuses two entries with the same keys. */
  private static void listByKeys(JSONSchemaProps list, String... keys) {
    list.setXKubernetesListType("map");
    list.setXKubernetesListMapKeys(List.of(keys));
  }

  /**
   * @param path of the schema, such as {@code spec.backends[].name}
   */
  private static void tidy(JSONSchemaProps schema, String path) {
    // A rule on a component of a record is found twice: at its field and at its accessor.
    schema.setXKubernetesValidations(
        schema.getXKubernetesValidations().stream().distinct().toList());
    schema
        .getXKubernetesValidations()
        .forEach(rule -> rule.setMessage(rule.getMessage().replace("{field}", path)));
    if (schema.getItems() != null) {
      tidy(schema.getItems().getSchema(), path + "[]");
    }
    schema
        .getProperties()
        .forEach((name, property) -> tidy(property, path.isEmpty() ? name : path + "." + name));
    schema.getProperties().forEach(PublishedSchema::giveIntegerAFormat);
  }

  private static void giveIntegerAFormat(String name, JSONSchemaProps property) {
    if ("integer".equals(property.getType())) {
      property.setFormat(name.equals("observedGeneration") ? "int64" : "int32");
    }
  }

  /** The schema at the end of a path, which passes through the items of lists. */
  private static JSONSchemaProps field(JSONSchemaProps schema, String... path) {
    var found = schema;
    for (String name : path) {
      var owner = found.getItems() == null ? found : found.getItems().getSchema();
      found = owner.getProperties().get(name);
    }
    return found;
  }

  private static CustomResourceColumnDefinition column(String name, String type, String path) {
    return new CustomResourceColumnDefinitionBuilder()
        .withName(name)
        .withType(type)
        .withJsonPath(path)
        .build();
  }
}
