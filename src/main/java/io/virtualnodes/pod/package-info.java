/**
 * The heart: what becomes of one pod that the scheduler bound to one of our nodes.
 *
 * <p>{@code PodReconciler} looks at the pod and at its group, asks {@code PodPlanner} for the one
 * next step, and takes it. {@code PodTranslator} makes the group, {@code PodStatusReport} the
 * status, {@code PodFailure} the consequence of a failure; these four are pure and hold every rule.
 * The readers and writers beside them move bytes and hold none.
 *
 * <p>{@code FateTable} says what becomes of each field, by what the backend can do; {@code
 * PodFields} holds a pod against it, and the page for users is written from it.
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
 *
 * <h2>Why pull secrets are read when an image is fetched</h2>
 *
 * They are no part of a group, whose record at a backend may live longer than a login and be seen
 * by others. A backend that is about to fetch an image asks for the logins, also for a restart days
 * after the launch, and gets what the secrets say by then. It costs a request for each secret and
 * each try; an image that is there costs none.
 *
 * <h2>Why Services are listed and not watched</h2>
 *
 * A container is told of the Services of its namespace. A kubelet watches all of the cluster's for
 * that; here each node would hold a copy. So they are listed when a pod starts, which costs a
 * request that answers in about two milliseconds, and pods that start at one time share it. One
 * watch for all nodes of the process, as the operator itself, would be cheaper for namespaces with
 * very many Services, and would take a right that no other part of the operator needs.
 *
 * <h2>Why a pod that a NetworkPolicy selects runs all the same</h2>
 *
 * No backend enforces one. To refuse such a pod would take whole namespaces off virtual nodes,
 * where a policy that denies all is good practice, and a policy can be younger than the pod. So its
 * owner is told, and decides. A backend that enforces them would change our mind.
 *
 * <h2>Why a pod has fewer events than at a kubelet</h2>
 *
 * A kubelet tells of each container that its image is fetched, that it was made and that it was
 * started: four events, which say nothing that the status does not. Here a pod has one, {@code
 * Launched}, since a burst of pods would write more events than statuses. What keeps a container
 * from running is told in the kubelet's words. A backend whose starts are slow enough to be watched
 * step by step would change our mind.
 *
 * <h2>Why images and resources of a running pod stay</h2>
 *
 * A kubelet makes one container anew when its image is changed, and gives one more memory. No
 * cloud's group can be changed so while it runs, and to replace the whole group would end
 * containers that nobody touched. So the pod says that it cannot, and whoever owns it makes it
 * anew. Where resources are concerned its status remembers with what it runs; of images this
 * process does, so that a change between two processes goes unnoticed.
 *
 * <h2>Why objects are read once a minute and not watched</h2>
 *
 * A kubelet watches each ConfigMap and Secret that its pods refer to. That is two or three requests
 * an hour for each, and a connection that stays open: this process would hold one for each object
 * of every node, many thousands, and would need the rights to list and to watch. So what files are
 * made of is read by name, once a minute for all pods of a node, which needs no right that a start
 * does not need, and a change that was missed is seen like any other. It costs 60 requests an hour
 * for each object and node; docs/pods.md says what that is for a pod. Only the version is kept: no
 * Secret stays in memory. Watches that share a connection would change our mind.
 *
 * <h2>Why a share's Secret must be named in a field of Kubernetes' own</h2>
 *
 * The driver of Azure Files reads Secrets that {@code volumeAttributes} name, by a right to all of
 * the cluster's. A node may read those alone that a pod or a volume refers to in fields that the
 * API server knows. So {@code nodePublishSecretRef} and {@code nodeStageSecretRef} count here. It
 * costs a line in manifests that were written for the driver.
 *
 * <h2>Why files are read before they are written</h2>
 *
 * What a pod's files are stands at the backend and nowhere else. A hash kept beside it would tell
 * something of a Secret to whoever sees it, and one in memory would be gone with the process, so
 * the files themselves are read when something may have changed. A token says how old it is, so
 * that one that an earlier process asked for is renewed when it is due and not at once.
 */
package io.virtualnodes.pod;
