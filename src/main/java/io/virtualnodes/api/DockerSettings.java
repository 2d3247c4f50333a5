package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** An engine that speaks Docker's API. */
public record DockerSettings(
    @Default("unix:///var/run/docker.sock")
        @Size(max = 256)
        @ValidationRule(
            value = "self" + Rules.UNIX_ADDRESS + " || self" + Rules.TCP_ADDRESS,
            message =
                "spec.backends[].docker.host must be unix:///path or tcp://host:port, such as"
                    + " unix:///var/run/docker.sock")
        @ValidationRule(
            value = "self == oldSelf",
            message =
                "spec.backends[].docker.host cannot change: the containers at the old engine would"
                    + " be lost; make another pool and delete this one")
        @JsonPropertyDescription(
            "Where the engine listens: `unix:///path` or `tcp://host:port`. The engine is as"
                + " powerful as root on its machine.")
        String host,
    @Default("bridge")
        @Size(max = 128)
        @ValidationRule(
            value =
                "self.matches(r'^[A-Za-z0-9][A-Za-z0-9_.-]*$') && !(self in ['host', 'none',"
                    + " 'default'])",
            message =
                "spec.backends[].docker.network must be the name of a network of the engine where"
                    + " each pod gets an address of its own, such as bridge; host and none give"
                    + " none")
        @JsonPropertyDescription(
            "The engine's network that pods join; each pod gets an address of its own there."
                + " `host`, `none` and `default` are refused.")
        String network,
    @Default("registry.k8s.io/pause:3.10")
        @Size(max = 512)
        @ValidationRule(
            value = "self.matches(r'^[A-Za-z0-9][A-Za-z0-9_./:@-]*$')",
            message =
                "spec.backends[].docker.sandboxImage must be the name of an image, such as"
                    + " registry.k8s.io/pause:3.10")
        @JsonPropertyDescription(
            "The image of the container that holds the network of a pod with several containers or"
                + " with restarts.")
        String sandboxImage,
    @Size(max = 20)
        @JsonPropertyDescription(
            "Folders of the engine's machine that every container of this pool sees, such as a"
                + " mounted file share. Pods cannot ask for folders themselves.")
        List<SharedFolder> sharedFolders) {

  /** A folder of the engine's machine in every container. */
  public record SharedFolder(
      @Required
          @Size(max = 1024)
          @ValidationRule(
              value =
                  "self.startsWith('/') && !self.contains(':') && !self" + Rules.LEADS_ELSEWHERE,
              message =
                  "spec.backends[].docker.sharedFolders[].path must be absolute, without `.` or"
                      + " `..` and without a colon, such as /srv/share")
          @JsonPropertyDescription("The folder on the engine's machine, absolute.")
          String path,
      @Required
          @Size(max = 1024)
          @ValidationRule(
              value = "self.matches(r'^(/[^/:]+)+$') && !self" + Rules.LEADS_ELSEWHERE,
              message =
                  "spec.backends[].docker.sharedFolders[].mountPath must be absolute, not `/`,"
                      + " without `.` or `..`, without a colon and without a slash at its end, such"
                      + " as /data")
          @ValidationRule(
              value = "!self" + Rules.IN_EVERY_CONTAINER,
              message =
                  "spec.backends[].docker.sharedFolders[].mountPath must not hide what every"
                      + " container has in /dev, /proc, /sys, /etc or /var/run/secrets: use a"
                      + " folder of its own, such as /data")
          @JsonPropertyDescription(
              "Where containers see it, absolute. Not what every container has: `/dev`, `/proc`,"
                  + " `/sys` or below; `/etc` itself, its `hosts`, `hostname` or `resolv.conf`;"
                  + " `/var`, `/run`, `/var/run`, `/run/secrets` or below the latter.")
          String mountPath,
      @Default("ReadOnly")
          @JsonPropertyDescription("Whether containers may write to it: `ReadOnly` or `ReadWrite`.")
          Access access) {}

  /** What containers may do with a shared folder. */
  public enum Access {
    ReadOnly,
    ReadWrite
  }
}
