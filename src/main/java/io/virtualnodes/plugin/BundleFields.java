package io.virtualnodes.plugin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * What of a cluster may leave it in a support bundle: the fields that are listed here, and no
 * other. A field that is not thought of stays out, and so do environment values, commands and
 * arguments, what containers and probes said, the annotations of other tools, and all Secrets.
 * Pure.
 */
final class BundleFields {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** In an allow-list: the value, whatever it is made of. */
  private static final String ALL = "all";

  private static final String CONTAINERS =
      "[{ 'name': true, 'image': true, 'restartPolicy': true, 'resources': 'all' }]";

  // Without messages: those of a container that ended are its own last words.
  private static final String STATE =
      """
      { 'running': { 'startedAt': true }, 'waiting': { 'reason': true },
        'terminated': { 'exitCode': true, 'signal': true, 'reason': true, 'startedAt': true, 'finishedAt': true } }
      """;

  private static final String STATUSES =
      "[{ 'name': true, 'ready': true, 'started': true, 'restartCount': true, 'state': %s, 'lastState': %s }]"
          .formatted(STATE, STATE);

  /** A pool's spec holds no credentials, by design. */
  static final JsonNode POOL =
      list(
          """
          { 'metadata': { 'name': true, 'uid': true, 'generation': true, 'creationTimestamp': true,
                          'deletionTimestamp': true, 'finalizers': [true] },
            'spec': 'all', 'status': 'all' }
          """);

  static final JsonNode NODE =
      list(
          """
          { 'metadata': { 'name': true, 'uid': true, 'creationTimestamp': true, 'deletionTimestamp': true, 'labels': 'all',
                          'annotations': { 'virtualnodes.io/applied': true, 'virtualnodes.io/drain-started': true } },
            'spec': { 'providerID': true, 'unschedulable': true, 'taints': 'all' },
            'status': { 'capacity': 'all', 'allocatable': 'all', 'conditions': 'all', 'addresses': 'all', 'nodeInfo': 'all',
                        'daemonEndpoints': 'all', 'declaredFeatures': [true] } }
          """);

  static final JsonNode LEASE =
      list("{ 'metadata': { 'name': true, 'namespace': true }, 'spec': 'all' }");

  static final JsonNode POD =
      list(
          """
          { 'metadata': { 'name': true, 'namespace': true, 'uid': true, 'creationTimestamp': true, 'deletionTimestamp': true,
                          'deletionGracePeriodSeconds': true, 'ownerReferences': [{ 'kind': true, 'name': true, 'controller': true }],
                          'annotations': { 'virtualnodes.io/group': true, 'virtualnodes.io/backend': true,
                                           'virtualnodes.io/price-per-hour': true, 'virtualnodes.io/identity': true } },
            'spec': { 'nodeName': true, 'restartPolicy': true, 'dnsPolicy': true, 'schedulerName': true,
                      'terminationGracePeriodSeconds': true, 'activeDeadlineSeconds': true, 'nodeSelector': 'all',
                      'tolerations': 'all', 'initContainers': %s, 'containers': %s },
            'status': { 'phase': true, 'reason': true, 'message': true, 'startTime': true, 'podIP': true, 'hostIP': true,
                        'conditions': [{ 'type': true, 'status': true, 'reason': true, 'lastTransitionTime': true }],
                        'initContainerStatuses': %s, 'containerStatuses': %s } }
          """
              .formatted(CONTAINERS, CONTAINERS, STATUSES, STATUSES));

  private static final JsonNode EVENT =
      list(
          """
          { 'metadata': { 'namespace': true, 'creationTimestamp': true },
            'involvedObject': { 'kind': true, 'namespace': true, 'name': true, 'uid': true },
            'type': true, 'reason': true, 'count': true, 'firstTimestamp': true, 'lastTimestamp': true, 'eventTime': true,
            'reportingComponent': true }
          """);

  /**
   * Reasons whose messages are the operator's or the scheduler's own sentences. Those of others can
   * hold what a probe or a hook printed.
   */
  private static final Set<String> TELLING =
      Set.of(
          "BackendAvailable",
          "BackendDenied",
          "BackendUnavailable",
          "CreateContainerConfigError",
          "EphemeralContainerUnsupported",
          "FailedMount",
          "FailedScheduling",
          "FailedToRetrieveImagePullSecret",
          "GroupLost",
          "Launched",
          "NameTaken",
          "NetworkPolicyNotEnforced",
          "NoCapacity",
          "NodeAbandoned",
          "NodeCreated",
          "NodeDraining",
          "NodeRemoved",
          "Rejected",
          "Scheduled",
          "Unsupported");

  private BundleFields() {}

  private static JsonNode list(String text) {
    try {
      return MAPPER.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A copy that has the fields of the list and no other. */
  static JsonNode of(JsonNode object, JsonNode list) {
    if (list.isTextual() && list.asText().equals(ALL)) {
      return object.deepCopy();
    }
    if (list.isBoolean()) {
      // What is no plain value is not what the list speaks of.
      return object.isValueNode() ? object : JsonNodeFactory.instance.missingNode();
    }
    if (list.isArray() && object.isArray()) {
      var copy = JsonNodeFactory.instance.arrayNode();
      object.forEach(element -> add(copy::add, of(element, list.get(0))));
      return copy;
    }
    if (list.isObject() && object.isObject()) {
      var copy = JsonNodeFactory.instance.objectNode();
      list.properties()
          .forEach(
              field ->
                  add(
                      value -> copy.set(field.getKey(), value),
                      of(object.path(field.getKey()), field.getValue())));
      return copy;
    }
    return JsonNodeFactory.instance.missingNode();
  }

  private static void add(Consumer<JsonNode> to, JsonNode value) {
    if (!value.isMissingNode() && !value.isNull()) {
      to.accept(value);
    }
  }

  /** An event, with its message only where that is known to hold nothing of a container's. */
  static JsonNode event(JsonNode event) {
    var copy = (ObjectNode) of(event, EVENT);
    if (TELLING.contains(event.path("reason").asText())) {
      copy.set("message", event.path("message"));
    } else {
      copy.put("message", "(left out: it can hold what a container said)");
    }
    return copy;
  }

  // The operator writes none of these. The logs are read by strangers all the same.
  private static final Pattern SECRET =
      Pattern.compile(
          // A JSON Web Token; a long run of base64, which no id of ours is; a header; a PEM block.
          "eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*"
              + "|[A-Za-z0-9+/_]{40,}={0,2}"
              + "|(?i:bearer)\\s+\\S+"
              + "|(?i:accountkey|sharedaccesskey|password|token|secret)=\\S+"
              + "|-----BEGIN [A-Z ]+-----");

  /** A line of the operator's log, without what looks like a secret. */
  static String line(String line) {
    return SECRET.matcher(line).replaceAll("[left out]");
  }
}
