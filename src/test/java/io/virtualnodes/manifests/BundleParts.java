package io.virtualnodes.manifests;

import static io.virtualnodes.manifests.Manifests.kind;
import static io.virtualnodes.manifests.Manifests.name;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.api.CommittedCrd;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bundle for the Operator Lifecycle Manager and its entry in a catalog, written from the base,
 * the CRD, the sample pools and {@code deploy/olm/csv.yaml}.
 *
 * @see <a href="https://olm.operatorframework.io/docs/tasks/creating-operator-manifests/">what a
 *     bundle holds</a>
 */
final class BundleParts {
  static final Path OLM = Base.DEPLOY.resolve("olm");

  /**
   * What OLM puts into the operator's namespace as it is. It knows no ResourceQuota, and makes
   * ServiceAccounts, rights and Deployments itself of what the ClusterServiceVersion says.
   *
   * @see <a href="https://olm.operatorframework.io/docs/tasks/packaging-additional-objects/">its
   *     list</a>
   */
  static final String[] EXTRAS = {"NetworkPolicy", "PodDisruptionBudget", "Service"};

  /** The first line of every file that is written here. */
  static final String GENERATED =
      "# Written from deploy/base, crds, deploy/samples and deploy/olm/csv.yaml by `make"
          + " manifests`: change those.\n";

  private static final List<String> SAMPLES =
      List.of("pool-simulated", "pool-docker", "pool-azure", "pool-fargate");
  private static final String CHANNEL = "alpha";
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private BundleParts() {}

  /** The files of the bundle's {@code manifests}, by name. */
  static Map<String, String> manifests() {
    var base = Base.manifests();
    var files = new TreeMap<String, String>();
    files.put(Base.NAME + ".clusterserviceversion.yaml", Manifests.yaml(serviceVersion(base)));
    files.put(
        name(base.only("CustomResourceDefinition")) + ".crd.yaml",
        Manifests.yaml(base.only("CustomResourceDefinition")));
    for (var extra : base.ofKinds(EXTRAS).objects()) {
      // It comes into the namespace that OLM has for the operator.
      ((ObjectNode) extra.get("metadata")).remove("namespace");
      files.put(
          "%s.%s.yaml".formatted(name(extra), kind(extra).toLowerCase(Locale.ROOT)),
          Manifests.yaml(extra));
    }
    files.replaceAll((file, text) -> GENERATED + text);
    return files;
  }

  /** The ClusterServiceVersion. */
  static ObjectNode serviceVersion(Manifests base) {
    var csv = Manifests.in(OLM.resolve("csv.yaml")).only("ClusterServiceVersion");
    var metadata = (ObjectNode) csv.get("metadata");
    metadata.put("name", Base.NAME + ".v" + Base.version());
    metadata
        .withObjectProperty("annotations")
        .put("containerImage", Base.image())
        .put("alm-examples", examples().toPrettyString())
        .put("operatorframework.io/suggested-namespace-template", namespace(base).toString());
    var spec = (ObjectNode) csv.get("spec");
    spec.put("version", Base.version());
    spec.withArrayProperty("icon").add(icon());
    spec.withArrayProperty("relatedImages")
        .addObject()
        .put("name", "operator")
        .put("image", Base.image());
    describe((ObjectNode) csv.at("/spec/customresourcedefinitions/owned/0"));
    spec.set("install", install(base));
    return csv;
  }

  /**
   * The package in a file-based catalog, with one channel and one version.
   *
   * @see <a href="https://olm.operatorframework.io/docs/reference/file-based-catalogs/">its
   *     format</a>
   */
  static Manifests catalog() {
    var base = Base.manifests();
    var csv = serviceVersion(base);
    var whole =
        JSON.objectNode()
            .put("schema", "olm.package")
            .put("name", Base.NAME)
            .put("defaultChannel", CHANNEL)
            .put("description", csv.at("/metadata/annotations/description").asText());
    whole.set("icon", icon());
    var channel =
        JSON.objectNode()
            .put("schema", "olm.channel")
            .put("package", Base.NAME)
            .put("name", CHANNEL);
    channel.withArrayProperty("entries").addObject().put("name", name(csv));
    return new Manifests(List.of(whole, channel, catalogEntry(csv)));
  }

  private static ObjectNode catalogEntry(ObjectNode csv) {
    String tag = ":" + Base.version();
    String image = Base.image().replace(tag, "-bundle" + tag);
    var entry =
        JSON.objectNode()
            .put("schema", "olm.bundle")
            .put("package", Base.NAME)
            .put("name", name(csv))
            .put("image", image);
    var properties = entry.withArrayProperty("properties");
    property(properties, "olm.gvk")
        .put("group", "virtualnodes.io")
        .put("kind", csv.at("/spec/customresourcedefinitions/owned/0/kind").asText())
        .put("version", csv.at("/spec/customresourcedefinitions/owned/0/version").asText());
    property(properties, "olm.package")
        .put("packageName", Base.NAME)
        .put("version", Base.version());
    describe(property(properties, "olm.csv.metadata"), csv);
    var images = entry.withArrayProperty("relatedImages");
    images.addObject().put("name", "").put("image", image);
    images.addObject().put("name", "operator").put("image", Base.image());
    return entry;
  }

  private static ObjectNode property(ArrayNode properties, String type) {
    return properties.addObject().put("type", type).withObjectProperty("value");
  }

  /** What consoles show of a version before its bundle is read. */
  private static void describe(ObjectNode metadata, ObjectNode csv) {
    var spec = csv.get("spec");
    metadata.set("annotations", csv.at("/metadata/annotations"));
    metadata.set("crdDescriptions", spec.get("customresourcedefinitions"));
    for (String field :
        List.of(
            "description",
            "displayName",
            "installModes",
            "keywords",
            "links",
            "maturity",
            "minKubeVersion",
            "provider")) {
      metadata.set(field, spec.get(field));
    }
  }

  private static ArrayNode examples() {
    var examples = JSON.arrayNode();
    for (String sample : SAMPLES) {
      var pool =
          Manifests.in(Base.DEPLOY.resolve("samples").resolve(sample + ".yaml"))
              .only("VirtualNodePool");
      // Each has the name burst, so that the sample pods go to it: here they stand side by side.
      ((ObjectNode) pool.get("metadata")).put("name", sample.replace("pool-", ""));
      examples.add(pool);
    }
    return examples;
  }

  /** As the console makes it for whoever installs the operator there. */
  private static ObjectNode namespace(Manifests base) {
    var namespace = base.only("Namespace");
    var wanted = JSON.objectNode().put("apiVersion", "v1").put("kind", "Namespace");
    wanted.set("metadata", namespace.get("metadata"));
    return wanted;
  }

  private static ObjectNode icon() {
    byte[] svg = Manifests.read(OLM.resolve("icon.svg")).getBytes(StandardCharsets.UTF_8);
    return JSON.objectNode()
        .put("base64data", Base64.getEncoder().encodeToString(svg))
        .put("mediatype", "image/svg+xml");
  }

  private static ObjectNode install(Manifests base) {
    var install = JSON.objectNode().put("strategy", "deployment");
    var details = install.withObjectProperty("spec");
    var deployment = base.only("Deployment");
    var copy = details.withArrayProperty("deployments").addObject();
    copy.put("name", name(deployment));
    copy.set("label", deployment.at("/metadata/labels"));
    copy.set("spec", deployment.get("spec"));
    var rights = LiftedRights.of(base);
    permission(details.withArrayProperty("clusterPermissions"), rights.everywhere());
    permission(details.withArrayProperty("permissions"), rights.inItsNamespace());
    return install;
  }

  private static void permission(ArrayNode permissions, List<JsonNode> rules) {
    permissions
        .addObject()
        .put("serviceAccountName", Base.NAME)
        .withArrayProperty("rules")
        .addAll(rules);
  }

  /** Consoles make forms of these; the items of lists have none. */
  private static void describe(ObjectNode resource) {
    for (var field : CommittedCrd.fields()) {
      if (field.path().contains("[]") || !field.path().contains(".")) {
        continue;
      }
      String list = field.path().startsWith("spec.") ? "specDescriptors" : "statusDescriptors";
      String path = field.path().substring(field.path().indexOf('.') + 1);
      resource
          .withArrayProperty(list)
          .addObject()
          .put("path", path)
          .put("displayName", title(path))
          .put("description", field.schema().getDescription());
    }
  }

  /** "nodes.hostnameLabel" is called "Nodes Hostname Label". */
  private static String title(String path) {
    var title = new StringBuilder();
    for (String word : path.replaceAll("([a-z])([A-Z])", "$1 $2").split("[. ]")) {
      title
          .append(title.isEmpty() ? "" : " ")
          .append(word.substring(0, 1).toUpperCase(Locale.ROOT))
          .append(word.substring(1));
    }
    return title.toString();
  }
}
