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
 * again needs none, and Jobs are mostly that: it saves half of what their start costs. One that is
 * told its own address has one too: containers are fixed once they are made, and the address is
 * known when the sandbox was started, before that.
 *
 * <h2>Why a container keeps what it was told as it was before the address was put in</h2>
 *
 * An engine gives out addresses anew when it comes back, so that the next instance of a container
 * can have another. What it was told holds the former one in places that nobody could find again,
 * so the texts are kept in a label, with a mark in the address's place. It costs a label of
 * containers that ask.
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
 * <h2>Why last words have a volume of their own</h2>
 *
 * A container writes them to {@code /dev} mostly, which ends with it: no engine gives a file from
 * there afterwards. So each instance has a file bound to that place, in a volume that nobody sees
 * whole, and the engine is asked for it once, when the container is seen to have ended. It costs a
 * volume and an upload a group. An engine that keeps such a file by itself would change our mind.
 *
 * <h2>Why a claimed volume has other labels</h2>
 *
 * Volumes go with their group, and those that a crash left are found by their group's label. One
 * that outlives groups has no such label, and a name that no group's prefix fits: neither the end
 * of a group nor a sweep can take it for its own, however wrong either is. It costs that one whose
 * PersistentVolume vanished stays for a person to remove.
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
 *
 * <h2>Why files are replaced by a program of our own</h2>
 *
 * All files of a volume have to change at one instant, and only a rename does that. The engine's
 * API has none: an archive that is unpacked removes a link before it makes the new one, which
 * leaves a moment without any file, and no file at all if the engine ends there. A container can
 * rename, but neither the sandbox's image nor a pod's need hold a program that does. So one of 200
 * bytes is put into a container that mounts the volumes, runs for a moment and is removed. It is
 * the same for groups with a sandbox and without, and costs a start, which a command in the sandbox
 * would not, but for the few times that files change. An engine that can rename would change our
 * mind.
 *
 * <h2>Why talks go over a connection of our own</h2>
 *
 * The client that makes all other calls has a way to talk with a process too. It reads ahead of its
 * listener, so that a caller who does not read fills the memory, and it cannot end what is said to
 * a process while it goes on to listen, which {@code cat} waits for. The engine's protocol is a
 * request after which the connection is ours, so that is what is done here, over the same sockets.
 * A client that does both would change our mind.
 *
 * <h2>Why a command is killed from a container</h2>
 *
 * The engine has no call that ends a command, and one whose caller is gone would run for ever. It
 * tells the number of the process on its machine. So, if the end of its input did not end it, a
 * container that sees the machine's processes, and may send signals and do nothing else, is there
 * for a moment and kills it, with the group of processes that it leads. Its program first looks
 * whether the process is one of the pod's container, since a number may have gone to another. It
 * costs a start for each command that has to be killed. An engine whose security does not allow it
 * says so, and that is logged once: there such commands run on until their container ends. What an
 * operator leaves that is killed itself loses its input, and is not killed.
 *
 * <h2>Why ports have two ways</h2>
 *
 * On the engine's own machine a group's address is as good as any, and free. Elsewhere the same
 * address may be somebody else's, since engines give the same ones out everywhere; and a port that
 * listens on its loopback address only is reached from nowhere but the group's network. So a
 * container of our own joins that network when it is needed, and each connection is a program that
 * the engine runs in it, which costs a tenth of a second and a process. The container ends with the
 * connection that holds it, and the engine removes it, so that an operator that dies leaves
 * nothing. A command in the sandbox instead would cost less, but groups without one would need this
 * in any case.
 */
package io.virtualnodes.backend.docker;
