package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/** An engine that speaks Docker's API. */
public record DockerSettings(
    @Default("unix:///var/run/docker.sock")
        @JsonPropertyDescription(
            "Where the engine listens: unix:///path or tcp://host:port. The engine is as powerful"
                + " as root on its machine.")
        String host,
    @Default("bridge")
        @JsonPropertyDescription("The engine's network that pods join; each gets its own address.")
        String network,
    @Default("registry.k8s.io/pause:3.10")
        @JsonPropertyDescription(
            "The image of the container that holds the network of a pod with several containers or"
                + " with restarts.")
        String sandboxImage,
    @JsonPropertyDescription(
            "Folders of the engine's machine that every container of this pool sees, such as a"
                + " mounted file share. Pods cannot ask for folders themselves.")
        List<SharedFolder> sharedFolders) {

  /** A folder of the engine's machine in every container. */
  public record SharedFolder(
      @Required @JsonPropertyDescription("The folder on the engine's machine, absolute.")
          String path,
      @Required @JsonPropertyDescription("Where containers see it, absolute.") String mountPath,
      @Default("ReadOnly") @JsonPropertyDescription("Whether containers may write to it.")
          Access access) {}

  /** What containers may do with a shared folder. */
  public enum Access {
    ReadOnly,
    ReadWrite
  }
}
