/**
 * Groups as container groups of Azure Container Instances: what is asked of Azure's Resource
 * Manager, how its answers read as observations, and what its failures mean.
 *
 * <p>All that is known of a group is kept at Azure, in its name and its tags. Memory holds only
 * what saves reads: what was seen of a group last.
 *
 * <h2>Why every creation begins with a look</h2>
 *
 * A PUT for a group that is there updates it, which restarts its containers if Azure finds a
 * difference, and starts it anew if it was stopped. So a group is looked for under its name first,
 * and asked for only if it is not there. It costs one read a creation, of which Azure grants far
 * more than creations. A conditional PUT would change our mind; this service documents none.
 *
 * <h2>Why a list is not enough</h2>
 *
 * Azure's list names every group with its provisioning state and address, and leaves out how its
 * containers are. Reading each group at each beat would need more reads than Azure grants from some
 * sixty groups on. So a beat is one list, and reads of the groups that are new, that change, or
 * that were not read for longest, within what is left of the reads. It costs that the end of a
 * container that ran quietly for long is seen some beats late.
 *
 * <h2>Why a container that ended is not believed to run again</h2>
 *
 * Azure may start a container again that failed, even where its group says never. Kubernetes rules
 * that out, and a Job would be counted twice. So the first end stays what is observed, and the
 * group is stopped as soon as none of its containers has still to end for the first time. One
 * container cannot be stopped by itself, so with several a restarted one runs on until then.
 *
 * <h2>Why requests wait in a line before Azure refuses them</h2>
 *
 * Azure takes a hundred creations in five minutes and refuses what is beyond. Pods that each tried
 * again by themselves would spend reads and be served by chance. Here each is told its turn, in the
 * order in which they first asked, and nothing is sent before that.
 *
 * <h2>Why readiness is found out from here</h2>
 *
 * Azure carries readiness probes out and tells nobody what they found; its events name failures,
 * and not their end. So they are carried out at the group's address, by the rule of every other
 * backend. The probe is kept in a tag, for the process that comes after this one. It costs that the
 * operator must reach the subnet, and that commands cannot be used. Azure's own liveness probes do
 * what is wanted, and stay.
 *
 * <h2>Why startup probes are refused</h2>
 *
 * One that fails ends its container, and Azure lets nobody end one container of a group: stops and
 * restarts are of all of it. To hold back readiness until it passes would be half of what it says,
 * and a container that never gets there would stay for ever. The same holds for liveness probes
 * that Azure cannot carry out itself. An action for one container would change our mind.
 *
 * <h2>Why a group keeps its subnet and zone until Azure says no</h2>
 *
 * A group cannot be moved. A creation whose answer was lost must be asked for at the same place, or
 * it would be a request to change what is there. So what was chosen is kept in memory until an
 * answer came. Derived from the name it would be known to every process, and fill one subnet while
 * another is empty. It costs that an operator which starts anew after a lost answer chooses again;
 * it looks for the group under its name first.
 *
 * <h2>Why the key of a workspace is in a file</h2>
 *
 * To read a Secret as itself the operator would need a right to it, by a name that nobody knows
 * before the pool is written, or to all of them. One that is mounted needs no right, and the
 * cluster keeps it up to date. It costs that the key is not where the pool is.
 *
 * <h2>Why commands are typed into a shell</h2>
 *
 * Azure starts one program, takes a blank for a part of its name, always gives it a terminal, and
 * tells no exit code. Others join the words of a command with blanks and pass the terminal on: then
 * quotes are lost, output and errors are one, bytes are changed by the terminal, and every command
 * succeeds. Here a shell is started, told the command, and tells how it ended; output and errors of
 * a command without a terminal are encoded, so that they stay two and whole. It costs that the
 * container must have a shell and some programs, and speed. An API that takes arguments and keeps
 * the streams apart would change our mind.
 *
 * <h2>Why a log is followed by looking again</h2>
 *
 * Attaching would give output as it comes, but from some instant on that nobody knows, without
 * times and without telling what it left out: a line could be lost or told twice where it takes
 * over. Looks cost reads, and lag by some seconds.
 *
 * <h2>Why the pool's uid is part of every name</h2>
 *
 * Pools of two clusters may share a resource group and a name. A sweep of one of them would take
 * the other's groups for orphans. The uid of the pool is nobody else's. It costs that a pool that
 * is made anew does not find the groups of the one before, which its deletion has removed.
 */
package io.virtualnodes.backend.aci;
