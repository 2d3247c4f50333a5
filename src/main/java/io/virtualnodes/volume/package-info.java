/**
 * PersistentVolumes for claims whose pods were scheduled to a pool: what a storage class of {@link
 * io.virtualnodes.pod.ClaimKeys#PROVISIONER} promises.
 *
 * <p>{@code ClaimRule} is pure; {@code ClaimReconciler} makes volumes and {@code VolumeReconciler}
 * removes them. What a pod sees of them is the pod room's. Nobody imports this package but the
 * wiring.
 *
 * <h2>Why a volume is made before there is one</h2>
 *
 * A PersistentVolume says where a claim's content will be, and the backend makes the place for it
 * with the first group that has it. So nothing has to be asked of a backend before the pod comes,
 * and an operator that dies in between leaves nothing behind. It costs that a backend without room
 * is noticed by the pod and not by the scheduler.
 *
 * <h2>Why it is called local</h2>
 *
 * The API knows no kind of volume of ours. One of a driver ({@code csi}) would have the cluster
 * look for the driver on each node, count its volumes and ask for attachments that nobody carries
 * out. A local volume is asked for nothing, and the node affinity that it must have is what keeps
 * its pods on the pool. Its path is a name, and no folder of any machine.
 *
 * <h2>Why all claims are watched</h2>
 *
 * What tells a claim of ours is an annotation, and the API server cannot select by that. Events of
 * others' claims are dropped; they cost the memory that they take. A label that the API server sets
 * would change our mind.
 */
package io.virtualnodes.volume;
