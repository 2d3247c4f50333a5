/**
 * Groups as tasks of AWS Fargate: what is asked of ECS, how its answers read as observations, and
 * what its failures mean.
 *
 * <p>All that must be known of a group is kept at AWS: whose it is and which of its tasks one is in
 * what stays with a task, what it consists of in its task definition, and what it must not show in
 * Secrets Manager. Memory holds what saves requests, and the times of ends, which ECS does not
 * tell.
 *
 * <h2>Why groups share task definitions</h2>
 *
 * ECS takes one registration a second and twenty tasks. With a definition for each group, a Job of
 * a thousand pods would need a quarter of an hour to be started. So what differs between pods of
 * one kind is told to each task when it is run, and the rest is a definition that is named by its
 * content. It costs a look for it when an operator meets it first. What does not fit into the 8,192
 * characters that a task can be told gets a definition of its own.
 *
 * <h2>Why tags are for people only</h2>
 *
 * ECS removes a task's tags when it is asked to stop, which is when they would be needed most.
 * {@code startedBy}, {@code group} and the reason of a stop stay as long as the task is shown.
 *
 * <h2>Why a container is started again by another task</h2>
 *
 * ECS can start a container again in its task, but only one that ran for a minute, and it tells
 * nobody how often it did. A count that nobody knows, and a back-off that is not kept, are not what
 * Kubernetes promises. So the task is run once more, as a whole: a pod of several containers starts
 * all of them again, and init containers before them. It costs what Fargate takes to start one, and
 * the pod's address and what was in its empty volumes. A count of restarts in ECS's descriptions
 * would change our mind.
 *
 * <h2>Why there is a container that does nothing</h2>
 *
 * A task ends with the first of its essential containers, a pod with the last. So of several none
 * is essential but one that waits, and the task is stopped when the group is over. A single
 * container needs none.
 *
 * <h2>Why tasks are described more often than listed</h2>
 *
 * ECS answers twenty reads a second, each about a hundred tasks, whether it lists or describes
 * them. A list of all with each look would take half of that at 5,000 tasks and tell only which of
 * them are to run. So what this process knows is described, as often as it is likely to change, and
 * lists are for what it does not know. It costs that a quiet task which ends by itself is seen up
 * to a quarter of a minute later, unless an event names it. A list that tells what changed since
 * the last one would change our mind.
 *
 * <h2>Why a restart that was found is not begun at once</h2>
 *
 * ECS shows a task for an hour after its end and takes no note that its group was deleted. An
 * operator that begins in that hour would start a container of a pod that is gone. So it waits
 * until the core has asked the API server for every pod that it does not know.
 *
 * <h2>Why files travel as secrets</h2>
 *
 * Fargate mounts no files that a request holds. What a ConfigMap or a Secret says would be read by
 * whoever may look at tasks if it stood in a definition or an override. Secrets Manager shows it to
 * the execution role, which no container has, and a container of ours unpacks it. It costs the fee
 * of a secret, which groups of the same content share.
 *
 * <p>What a secret says stays in memory as long as a group needs it, since whoever may do so at AWS
 * can delete it, and a group that is started again would have nobody to ask. After a restart of the
 * operator that is so for the groups that were there before. A core that hands over a group's
 * inputs once more would change our mind.
 *
 * <h2>Why the shares of a mix are drawn</h2>
 *
 * ECS weighs the tasks of one request against each other, and here each request is for one. So the
 * operator chooses, by what the task is called: a request whose answer was lost must be repeated
 * with the same choice, by another process too. A count of what runs would be nearer to the shares,
 * and another one each time.
 */
package io.virtualnodes.backend.fargate;
