/**
 * What the operator does for a pool: makes its nodes, runs what belongs to each, empties and
 * removes them, and says how it goes.
 *
 * <p>{@code VirtualNodePoolReconciler} compares and steps; {@code RunningPools} holds what runs for
 * each pool and node in this process; {@code Fleet} and {@code PoolConditions} are pure. Nobody
 * imports this package but the wiring.
 *
 * <h2>Why pools are looked at every few seconds</h2>
 *
 * What a pool's status says (pods by state, whether the backend answers) changes without an event
 * at the pool. A look costs nothing but memory reads: the status is written only when it differs.
 */
package io.virtualnodes.pool;
