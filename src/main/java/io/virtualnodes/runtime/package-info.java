/**
 * How the parts become one process: its configuration, the beans that Quarkus wires, when it
 * starts, which replica leads, what is healthy, and the order in which things end. No rule of the
 * product lives here, and nobody imports it.
 *
 * <h2>Why a lost lead ends the process</h2>
 *
 * JOSDK 5.3 only logs that the lead was lost and goes on reconciling, so that two replicas would
 * work on the same pods. Its other setting ends the JVM from within the shutdown hook and hangs. So
 * the callback halts, unless we are stopping anyway.
 *
 * <h2>Why a leader that stood still ends without asking</h2>
 *
 * Its lead may have passed on, and it would learn so from the API server only: until the answer is
 * there, its other threads write what they had in mind when they were stopped. {@link
 * io.virtualnodes.runtime.Standstill} looks at the clock and ends the process at once. It costs
 * that a clock which is set forward by more than ten seconds ends a leader; a standby takes over.
 *
 * <h2>Why one that is cut off may end after another leads</h2>
 *
 * The election's request is tried again for some 20 seconds before it counts as lost, and a process
 * that ended earlier would end at each restart of an API server. Until then it can change nothing
 * in the cluster, and learns of no pod; what it still does at a backend it does by names that make
 * a second request for one change nothing.
 *
 * <h2>Why the start waits for the API server</h2>
 *
 * JOSDK takes the first failure of its start for the last. A process that ended instead would be
 * started again ever more seldom by its kubelet, and be away for minutes when the API server is
 * back, longer than nodes stay ready. So {@link io.virtualnodes.runtime.Starting} waits.
 *
 * <h2>Why the lead is given away here</h2>
 *
 * JOSDK 5.3 ends its election without releasing the lease, so that the next replica would wait for
 * 15 s although nobody leads. It could not release it in time either: our nodes end after its own
 * operator. So {@link io.virtualnodes.runtime.Stopping} does, once nothing works on pods any more.
 */
package io.virtualnodes.runtime;
