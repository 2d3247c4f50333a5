/**
 * Groups as containers of an engine that speaks Docker's API: what is asked of it, how its answers
 * read as observations, and what its failures mean.
 *
 * <p>No state lives here that the engine could hold: a group is its containers, their names and
 * their labels, so that an operator that starts anew, or another one, sees what this one saw.
 *
 * <h2>Why a sandbox, and why not always</h2>
 *
 * The containers of a pod share one address, which at an engine belongs to a container: one that
 * does nothing holds it, so that others may come and go. A single container that is never started
 * again needs none, and Jobs are mostly that: it saves half of what their start costs.
 *
 * <h2>Why all containers are made before the first is started</h2>
 *
 * A container that is made holds all that it needs to be started, at the engine: whoever finds it
 * there can go on with the order of init containers, without the pod. Those whose image is still
 * being fetched follow, and do not hold up the ones before them. It costs that images of main
 * containers are fetched while the init containers run, which a kubelet does after.
 *
 * <h2>Why a stopped group is renamed</h2>
 *
 * A group that was asked to stop must not be restarted, also not by the next operator, and its
 * sidecars have to be asked after its other containers ended, before its time is up. So the request
 * and that time have to be kept at the engine. Labels are fixed once a container is made; a name is
 * not, and is in every list. An engine that can change labels would change our mind.
 *
 * <h2>Why milestones are containers</h2>
 *
 * That a container started up, had its postStart hook done or was ended as unhealthy has to be kept
 * at the engine. Its labels are fixed, and its name must stay: it is what keeps another operator
 * from making it twice. So a second container is made, named for the first, that is never started;
 * it is in every list and goes with the group. It costs one call and an entry in {@code docker ps
 * --all}, for containers with such probes and hooks only.
 *
 * <h2>Why nobody waits for a stop</h2>
 *
 * The engine answers a stop when the container has ended, and goes on with it when nobody listens
 * any more. Waiting would hold a connection for the whole grace of each, and a pool that is drained
 * would use up all of them.
 */
package io.virtualnodes.backend.docker;
