package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;

/** What the operator saw. */
public record VirtualNodePoolStatus(
    @JsonPropertyDescription(
            "The `metadata.generation` that the rest speaks of; -1 until the operator has seen the"
                + " pool.")
        Long observedGeneration,
    @StatusReplicas
        @JsonPropertyDescription(
            "How many nodes exist, those that drain included. The scale subresource shows it as"
                + " replicas.")
        Integer nodes,
    @JsonPropertyDescription("How many of them are ready.") Integer readyNodes,
    @LabelSelector
        @JsonPropertyDescription("Selects the pool's nodes by label, for the scale subresource.")
        String selector,
    @JsonPropertyDescription(
            "Pods of the pool's nodes that have not ended, by what they do, and those that failed.")
        Pods pods,
    @JsonPropertyDescription("How each backend is.") List<BackendStatus> backends,
    @JsonPropertyDescription(
            "What holds at present: docs/reference/conditions.md has them all. `Ready` sums up:"
                + " pods that are bound to the nodes can start.")
        List<Condition> conditions) {

  /** Pods of the pool's nodes that have not ended, by what they do, and those that failed. */
  public record Pods(
      @JsonPropertyDescription("Their containers run.") Integer running,
      @JsonPropertyDescription("The backend has taken them and starts their containers.")
          Integer starting,
      @JsonPropertyDescription("They are bound to a node and not yet at the backend.")
          Integer waiting,
      @JsonPropertyDescription("They ended in failure and still exist.") Integer failed) {}

  /** How a backend is. */
  public record BackendStatus(
      @JsonPropertyDescription("The name that the spec gives it.") String name,
      @JsonPropertyDescription("`Ready` or `Unavailable`.") String state,
      @JsonPropertyDescription(
              "What it said last, if it is not ready; otherwise what is to be known of it.")
          String message,
      @JsonPropertyDescription("How many groups of containers it holds for this pool.")
          Integer groups) {}
}
