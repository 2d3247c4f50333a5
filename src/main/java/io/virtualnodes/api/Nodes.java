package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import java.util.Map;

/** The virtual nodes of a pool. */
@ValidationRule(
    value =
        "!has(self.capacity) || !isQuantity(string(self.capacity.pods)) ||"
            + " !quantity(string(self.capacity.pods)).isInteger() ||"
            + " quantity(string(self.capacity.pods)).asInteger() >= self.count",
    message =
        "spec.nodes.capacity.pods must be at least spec.nodes.count, since the nodes share it:"
            + " raise the one or lower the other")
public record Nodes(
    @Default("1")
        @Min(1)
        @Max(50)
        @SpecReplicas
        @JsonPropertyDescription(
            "How many nodes. `kubectl scale vnp/burst --replicas=3` changes it too. With fewer, the"
                + " nodes with the highest numbers are emptied and go.")
        Integer count,
    @Size(max = 20)
        @ValidationRule(
            value = "self.all(zone, zone != '' && zone" + Rules.LABEL_VALUE + ")",
            message =
                "spec.nodes.zones[] must be values of a label: letters, digits, dashes, dots and"
                    + " underscores, with a letter or digit first and last")
        @ValidationRule(
            value = "self.all(zone, self.exists_one(other, other == zone))",
            message = "spec.nodes.zones[] must not name a zone twice: remove one of the two")
        @JsonPropertyDescription(
            "Zones that the nodes are spread over in turn, as the label"
                + " `topology.kubernetes.io/zone`. Left out: no such label. The order counts, so"
                + " the list has one author: whoever applies it replaces all of it.")
        List<@Size(max = 63) String> zones,
    @Default("Omit")
        @JsonPropertyDescription(
            "`Omit` leaves out the label `kubernetes.io/hostname`, so that pods that spread by"
                + " hostname over machines are not held back by an empty virtual node. `PerNode`"
                + " sets it to the node's name.")
        HostnameLabel hostnameLabel,
    @Default("linux")
        @JsonPropertyDescription(
            "The operating system of the containers, as the label `kubernetes.io/os`.")
        OperatingSystem os,
    @Default("amd64")
        @JsonPropertyDescription(
            "The processor architecture of the containers, as the label `kubernetes.io/arch`:"
                + " `amd64` or `arm64`.")
        Architecture arch,
    @Size(max = 32)
        @ValidationRule(
            value =
                "self.all(key, key" + Rules.QUALIFIED_NAME + " && key" + Rules.PREFIX_FITS + ")",
            message =
                "spec.nodes.labels: a key must be a name with or without a DNS prefix, such as tier"
                    + " or example.com/tier")
        @ValidationRule(
            value = "self.all(key, !key" + Rules.RESERVED + ")",
            message =
                "spec.nodes.labels: a key must not have a prefix that ends in kubernetes.io, k8s.io"
                    + " or virtualnodes.io: use a prefix of your own; spec.nodes has fields for"
                    + " zones, hostname, os and arch")
        @ValidationRule(
            value = "self.all(key, self[key]" + Rules.LABEL_VALUE + ")",
            message =
                "spec.nodes.labels: a value must be letters, digits, dashes, dots and underscores,"
                    + " with a letter or digit first and last")
        @JsonPropertyDescription(
            "Further labels of the nodes. Keys whose prefix ends in `kubernetes.io`, `k8s.io` or"
                + " `virtualnodes.io` are refused.")
        Map<String, @Size(max = 63) String> labels,
    @Size(max = 20)
        @JsonPropertyDescription(
            "Taints of the nodes. Left out: `virtualnodes.io/pool=<pool>:NoSchedule`. An empty"
                + " list: no taint, so any pod can come.")
        List<NodeTaint> taints,
    @Default("Auto")
        @ValidationRule(
            value = "!(oldSelf == 'Auto' && self == 'None')",
            message =
                "spec.nodes.providerID cannot go back to None: Kubernetes lets nobody take a node's"
                    + " providerID away; make another pool and delete this one")
        @JsonPropertyDescription(
            "`Auto` sets each node's `spec.providerID` to `virtualnodes://<pool>/<node>`, so that a"
                + " cloud's node controller leaves it alone. `None` leaves it empty.")
        ProviderId providerID,
    @JsonPropertyDescription(
            "What the nodes together advertise; it is split over them. Left out: what the backend"
                + " says it has.")
        Capacity capacity) {

  /** Whether a node carries {@code kubernetes.io/hostname}. */
  public enum HostnameLabel {
    Omit,
    PerNode
  }

  /** Values of {@code kubernetes.io/os} that a pool can offer. */
  public enum OperatingSystem {
    linux
  }

  /** Values of {@code kubernetes.io/arch} that a pool can offer. */
  public enum Architecture {
    amd64,
    arm64
  }

  /** How {@code spec.providerID} is made. */
  public enum ProviderId {
    Auto,
    None
  }
}
