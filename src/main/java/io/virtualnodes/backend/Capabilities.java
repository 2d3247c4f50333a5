package io.virtualnodes.backend;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a backend can do and how it is best asked.
 *
 * @param runtime the scheme of its container ids and the name in the node's {@code
 *     containerRuntimeVersion}, such as docker
 * @param version the service's own version, for people; empty until it has told it
 * @param settling how long after a request a list may still not know of it
 * @param beat how often it may be listed
 * @param notice what people must know before they take what runs there for what it seems; shown on
 *     nodes, pools and pods
 * @param features what pods may ask for that not every service can do; the same for as long as the
 *     backend is there
 */
public record Capabilities(
    String runtime,
    String version,
    Duration settling,
    Duration beat,
    Optional<String> notice,
    Set<Feature> features) {

  public Capabilities {
    features = Set.copyOf(features);
  }

  /** Something that a pod may ask for; without it, that is refused before anything is launched. */
  public enum Feature {
    /** Containers are added to a group that runs: there are {@link Backend#guests}. */
    GUESTS,
    /** A container is told its group's own address in the place of {@link OwnAddress}. */
    OWN_ADDRESS,
    /** Volumes outlive groups: there are {@link Backend#volumes}. */
    CLAIMED_VOLUMES,
    /** Shares of Azure Files are mounted. */
    AZURE_FILES,
    /** File systems of AWS's EFS are mounted. */
    ELASTIC_FILE_SYSTEMS,
    /** A group's programs can act as an identity of the cloud's. */
    IDENTITIES,
    /** Nobody sees a group's memory, and it runs only what a policy allows. */
    CONFIDENTIAL
  }
}
