/**
 * What a kubelet does for a group and a backend may lack: containers that ended are started again,
 * with a back-off.
 *
 * <p>Here live the rule, which reads nothing but values, and the loop that applies it through
 * {@link io.virtualnodes.backend.supervisor.SupervisedRuntime}. No backend's words belong here, and
 * no state: what the rule needs of the past is kept where the containers are, and handed in.
 *
 * <h2>Why the back-off is not remembered here</h2>
 *
 * A kubelet keeps its back-offs in memory and forgets them when it restarts. Containers here
 * outlive the operator, and an operator that forgot would, after each of its own restarts, start
 * every crashing container of a pool at once. So each instance carries the number of restarts
 * before it and the back-off that follows it; the runtime stores both with the container. It costs
 * the runtime two labels. A backend without labels on containers would change our mind.
 *
 * <h2>Why a restart is repeated by its number</h2>
 *
 * The loop decides on a view that may be a second old. It asks for "instance 3 of this container",
 * not for "one more", so that a decision made twice, or late, starts nothing twice.
 */
package io.virtualnodes.backend.supervisor;
