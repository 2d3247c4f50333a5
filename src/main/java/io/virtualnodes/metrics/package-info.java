/**
 * What is measured, under which names: {@code Metric} is the one list, from which the page for
 * users is written and against which dashboards and alerts are checked; {@code Meters} makes the
 * series of one thing and takes them away with it. Who counts what stands in the rooms where it
 * happens. This one knows no other.
 *
 * <h2>Why no series is of a pod or a node</h2>
 *
 * A burst makes thousands of pods in minutes, and each would leave its series in Prometheus for
 * weeks. Labels are pools, backends and short lists of words, so that a pool's figures take as much
 * room on its busiest day as on its first. kube-state-metrics tells of single pods and nodes.
 */
package io.virtualnodes.metrics;
