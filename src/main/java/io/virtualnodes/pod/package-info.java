/**
 * The heart: what becomes of one pod that the scheduler bound to one of our nodes.
 *
 * <p>{@code PodReconciler} looks at the pod and at its group, asks {@code PodPlanner} for the one
 * next step, and takes it. {@code PodTranslator} makes the group, {@code PodStatusReport} the
 * status, {@code PodFailure} the consequence of a failure; these four are pure and hold every rule.
 * The readers and writers beside them move bytes and hold none.
 *
 * <h2>Why one pod controller a node</h2>
 *
 * Each virtual node has a JOSDK Operator of its own, whose informer selects its pods on the server
 * and which speaks as that node. One controller for all would watch and cache every pod of the
 * cluster, since a field selector cannot say "in", and would need a right that no kubelet has. It
 * costs four threads a node. A JOSDK that can change a controller's selector at run time would
 * change our mind.
 *
 * <h2>Why statuses are strategic merge patches</h2>
 *
 * One request writes a status, guarded by the pod's uid, without reading first. Conditions of other
 * writers survive because the list is merged by type; the address lists are replaced, since the API
 * server merges them by address and then refuses two of one family. Server-side apply would do the
 * same at the price of managed fields that grow with each pod.
 *
 * <h2>Why a pod that can never run here may stay Pending</h2>
 *
 * A ReplicaSet, ReplicationController, StatefulSet or DaemonSet replaces a failed pod at once and
 * without end. Such a pod waits with its reason instead; a Job's pod or a bare one fails.
 */
package io.virtualnodes.pod;
