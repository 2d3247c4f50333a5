/**
 * What the operator does for a pool: makes its nodes, runs what belongs to each, empties and
 * removes them, and says how it goes.
 *
 * <p>{@code VirtualNodePoolReconciler} compares and tells; {@code PoolNodes} makes, empties and
 * removes Nodes, a step at a time; {@code RunningPools} holds what runs for each pool and node in
 * this process; {@code Fleet} and {@code PoolConditions} are pure. Nobody imports this package but
 * the wiring, and the plugin, which judges by its pure rules.
 *
 * <h2>Why pools are looked at every few seconds</h2>
 *
 * What a pool's status says (pods by state, whether the backend answers) changes without an event
 * at the pool. A look costs nothing but memory reads: the status is written only when it differs.
 *
 * <h2>Why finished groups are given up up to an instant</h2>
 *
 * Where ended groups take room until they are deleted, {@code Room} says up to which end they go,
 * and the rule of each pod does it, once the pod's end is on record. A list of groups to delete
 * would need a second place that asks the backend, and could be overtaken by what pods do
 * meanwhile. It costs that a group whose end is seen late goes at once if younger ones were given
 * up already.
 */
package io.virtualnodes.pool;
