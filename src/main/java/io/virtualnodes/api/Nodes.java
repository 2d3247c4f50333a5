package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import java.util.List;
import java.util.Map;

/** The virtual nodes of a pool. */
public record Nodes(
    @Default("1")
        @Min(1)
        @Max(50)
        @JsonPropertyDescription("How many nodes; kubectl scale changes it.")
        Integer count,
    @JsonPropertyDescription(
            "Zones that the nodes are spread over in turn, as topology.kubernetes.io/zone. Empty:"
                + " no zone label.")
        List<String> zones,
    @Default("Omit")
        @JsonPropertyDescription(
            "Omit leaves out kubernetes.io/hostname, so that pods spread by hostname on machines"
                + " are not held back by an empty virtual node. PerNode sets it to the node's"
                + " name.")
        HostnameLabel hostnameLabel,
    @Default("linux") @JsonPropertyDescription("The operating system of the containers.")
        OperatingSystem os,
    @Default("amd64") @JsonPropertyDescription("The processor architecture of the containers.")
        Architecture arch,
    @JsonPropertyDescription("Further labels of the nodes. Reserved prefixes are refused.")
        Map<String, String> labels,
    @JsonPropertyDescription(
            "Taints of the nodes. Left out: virtualnodes.io/pool=<pool>:NoSchedule. An empty list:"
                + " none.")
        List<NodeTaint> taints,
    @Default("Auto")
        @JsonPropertyDescription(
            "Auto sets spec.providerID to virtualnodes://<pool>/<node>, so that a cloud's node"
                + " controller leaves the node alone. None leaves it empty.")
        ProviderId providerID,
    @JsonPropertyDescription(
            "What the nodes together advertise. Left out: what the backend says it has.")
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
