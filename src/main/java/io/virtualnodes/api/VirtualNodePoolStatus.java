package io.virtualnodes.api;

import io.fabric8.crd.generator.annotation.PrinterColumn;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/**
 * What the operator saw.
 *
 * @param observedGeneration the {@code metadata.generation} that the rest speaks of
 * @param nodes how many nodes exist, those that drain included
 * @param readyNodes how many of them are ready
 * @param selector label selector of the pool's nodes, for the scale subresource
 */
public record VirtualNodePoolStatus(
    Long observedGeneration,
    @PrinterColumn(name = "Nodes") Integer nodes,
    @PrinterColumn(name = "Ready-Nodes") Integer readyNodes,
    String selector,
    Pods pods,
    List<BackendStatus> backends,
    List<Condition> conditions) {

  /** Pods of the pool's nodes that have not ended, by what they do, and those that failed. */
  public record Pods(
      @PrinterColumn(name = "Running") Integer running,
      Integer starting,
      @PrinterColumn(name = "Waiting") Integer waiting,
      Integer failed) {}

  /**
   * How a backend is.
   *
   * @param name the rung's name
   * @param state Ready or Unavailable
   * @param message what the backend said last, if it is not ready
   * @param groups how many groups it holds for this pool
   */
  public record BackendStatus(String name, String state, String message, Integer groups) {}
}
