/**
 * The Nodes that stand for a pool in the cluster: what they look like, their taints, their status
 * and their lease.
 *
 * <p>{@code NodeManifest}, {@code NodeTaints} and {@code NodeStatusReport} are pure. {@code
 * NodeHeartbeat} keeps one node alive, and {@code NodeIdentity} makes the clients that act as a
 * node.
 *
 * <h2>Why we remember what we applied in an annotation</h2>
 *
 * Labels and taints of a Node are shared with the node lifecycle controller, cloud controllers and
 * people. The list of taints is atomic to server-side apply: applying ours would drop theirs. So
 * each write is computed from the Node as it is, with the resource version as its guard, and the
 * annotation says which of what is there came from us and may be taken away by us.
 *
 * <h2>Why a node speaks for itself</h2>
 *
 * Whatever a kubelet would do, its status, its lease, its pods and what they refer to, is done as
 * {@code system:node:<name>}, so that the API server's Node authorizer narrows it to that node. The
 * Node's labels and taints, which no node may change about itself, are the operator's own right.
 */
package io.virtualnodes.node;
