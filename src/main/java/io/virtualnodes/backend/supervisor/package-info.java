/**
 * What a kubelet does for a group and a backend may lack: init containers run in their order,
 * sidecars around the main containers, containers that ended are started again, with a back-off,
 * and those that run are probed and have their hooks carried out.
 *
 * <p>Here live the rules, which read nothing but values, and what applies them: the {@link
 * io.virtualnodes.backend.supervisor.Supervisor} to starts and ends, the {@link
 * io.virtualnodes.backend.supervisor.Caretaker} to what is done while a container runs. No
 * backend's words belong here, and no state that must outlive the process: what a rule needs of the
 * past is kept where the containers are, and handed in.
 *
 * <h2>Why the order is a rule over states and not a sequence of calls</h2>
 *
 * A launch that starts a container, waits for its end and starts the next would hold the order in
 * its own progress, and an operator that is killed in between would lose it. So what comes next is
 * computed from how all containers of the group are now, at every look, and nobody remembers how
 * far a group has got: its containers show it. The rule says what is to be started or ended and
 * when; the runtime makes containers, starts and ends them, and tells how they are. What it must
 * keep is each container's part, the grace, and when a stopped group has to be gone. A backend that
 * does all this itself is not asked to be supervised; the simulation plays the rule forward in
 * time. It costs a look between the end of one init container and the start of the next.
 *
 * <h2>Why the back-off is not remembered here</h2>
 *
 * A kubelet keeps its back-offs in memory and forgets them when it restarts. Containers here
 * outlive the operator, and an operator that forgot would, after each of its own restarts, start
 * every crashing container of a pool at once. So each instance carries the number of restarts
 * before it and the back-off that follows it; the runtime stores both with the container. It costs
 * the runtime two labels. A backend without labels on containers would change our mind.
 *
 * <h2>Why a start is asked for by its number</h2>
 *
 * The loop decides on a view that may be a second old. It asks for "instance 3 of this container",
 * not for "one more", so that a decision made twice, or late, starts nothing twice.
 *
 * <h2>Why results of probes are not kept, and milestones are</h2>
 *
 * A new process counts a probe's results anew. What was told of a container's readiness stands
 * until then, so that a restart of the operator takes no pod out of its Services, and nothing ends
 * that does not fail as often as it takes once more. But a startup probe may pass only once in a
 * container's life, a hook after the start must not be done twice without need, and a container
 * that obeyed when it was ended as unhealthy looks as if it had succeeded. These three are put on
 * record where the container is, and cost the runtime one call each.
 *
 * <h2>Why what cannot be carried out counts neither way</h2>
 *
 * A backend that is away for a minute would else fail every command of a pool at once, and all of
 * its containers would be restarted when it comes back. A kubelet throws such results away too.
 *
 * <h2>Why sidecars share one grace</h2>
 *
 * Sidecars end one after the other, once the main containers have. Each could be given a grace of
 * its own, but a pod's grace is a promise to whoever drains a node, so all of them are killed when
 * it is over, whether their turn has come or not. A kubelet grants each two seconds more; here only
 * those have them whose preStop hook took all the time, since a hook without the request that it
 * prepares for would be of no use.
 */
package io.virtualnodes.backend.supervisor;
