package io.virtualnodes.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.SortedMap;

/**
 * What one round came to: pods that came, ran, were asked to go and went. What is "per pod" is
 * divided by their number.
 *
 * @param number 0 is the warm-up, which does not count
 * @param began before the first request
 * @param ended when the agent was at rest again
 * @param agentCpuMillis per pod
 * @param controlPlaneCpuMillis per pod; of the API server, its storage and all controllers
 * @param peakMemoryBytes the agent's resident memory at its highest in this round
 * @param changesSeen per pod; the events that every watch of these pods was sent
 * @param jvm null where the agent has none
 * @param requests of the agent, per pod, by verb and resource
 * @param otherRequests of everybody else, per pod, by who, verb and resource
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Round(
    String agent,
    int number,
    int pods,
    Instant began,
    Instant ended,
    Phase running,
    Phase gone,
    double agentCpuMillis,
    double controlPlaneCpuMillis,
    long peakMemoryBytes,
    double changesSeen,
    Jvm jvm,
    SortedMap<String, Double> requests,
    SortedMap<String, Double> otherRequests) {

  /**
   * @param allocatedBytes per pod
   * @param collections of garbage, in the whole round
   * @param collectionMillis that all of them took
   */
  record Jvm(long allocatedBytes, long collections, long collectionMillis) {}

  Round with(SortedMap<String, Double> own, SortedMap<String, Double> others) {
    return new Round(
        agent,
        number,
        pods,
        began,
        ended,
        running,
        gone,
        agentCpuMillis,
        controlPlaneCpuMillis,
        peakMemoryBytes,
        changesSeen,
        jvm,
        own,
        others);
  }
}
