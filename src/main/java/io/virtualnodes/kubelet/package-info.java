/**
 * The HTTPS port of each node: what the API server calls on behalf of {@code kubectl logs}, {@code
 * exec}, {@code attach}, {@code cp} and {@code port-forward}, and metrics-server for {@code kubectl
 * top}. It speaks a kubelet's paths and sentences, knows pods only by {@link
 * io.virtualnodes.kubelet.PodLookup} and {@link io.virtualnodes.kubelet.NodePod}, and reaches
 * backends only by {@link io.virtualnodes.backend.Streams}. Netty stays in here, and so does
 * everything about TLS.
 *
 * <p>A request passes {@code Connection} (event loop) and {@code Requests} (virtual thread: who
 * calls, may they, what do they want); {@code Route} and {@code LogQuery} are the pure readings of
 * path and query; {@code Reply} is the way back, which blocks as long as the caller does not read.
 * {@code Conversations} settles what can be refused while HTTP is spoken; then {@code Reply} lets
 * the connection speak another protocol, and {@link io.virtualnodes.kubelet.stream} takes it over.
 *
 * <p>Figures pass {@code PoolUsage} (one sweep of the backend for all who ask), {@code NodeCounter}
 * and {@code NodeUsage} (pure: what of it is this node's), and then the writer of a format: {@code
 * ResourceMetricsText}, {@code CadvisorMetricsText}, {@code SummaryJson}, all pure.
 *
 * <h2>Why a server of our own on Netty</h2>
 *
 * {@code kubectl exec} reaches a node as a POST that upgrades to SPDY, and Vert.x, on which
 * Quarkus's server stands, hands out the socket for CONNECT and GET only. The port also differs in
 * everything else from the one that serves health and metrics: its own TLS, client certificates,
 * one listener a node. It costs the HTTP connection handling in {@code Connection}. Kubernetes
 * versions that never use SPDY towards a node would change our mind.
 *
 * <h2>Why one port a node</h2>
 *
 * Paths do not name the node, but rights are asked per node and metrics are told per node. The
 * ports are published in each Node's status, so they may be any.
 *
 * <h2>How it is kept safe</h2>
 *
 * <ul>
 *   <li>Nobody is anonymous, not even for {@code /healthz}. Callers show a certificate of the
 *       cluster's client CA, or a bearer token that the cluster vouches for; a foreign certificate
 *       fails the TLS handshake, neither is answered 401. Both are checked at each request, since
 *       connections live for hours; a token's holder is remembered for two minutes.
 *   <li>The cluster decides what a caller may do, by SubjectAccessReview on the node's
 *       sub-resources. If it cannot be asked, the answer is no. Conversations (exec and the like)
 *       take the verb {@code create} even where a client opens them with GET: at a kubelet, a right
 *       to read runs commands by that door.
 *   <li>Strangers cost little: sizes and times are bounded by {@code Limits}, and of connections
 *       that did not send an allowed request only so many are open. No parser but those of TLS and
 *       HTTP is reached by them.
 *   <li>A connection changes its protocol only after all of that, so that no stranger reaches the
 *       parsers of SPDY and WebSocket. A command never stands in a log.
 *   <li>Which person asked is known to the API server alone; it calls in its own name.
 * </ul>
 *
 * <h2>Why the certificate is self-signed unless told otherwise</h2>
 *
 * The API server does not verify a node's certificate unless it is told to, and nothing in a plain
 * cluster signs one for a node that is no machine without somebody's approval. So {@code
 * SelfSignedCertificate} works everywhere and at once. Clusters that verify, and metrics-server by
 * default, take {@code ClusterSignedCertificate} or {@code GivenCertificate}. All live in memory
 * and are renewed between two connections. A given one is read from mounted files, not from the
 * API: otherwise the operator would need a right to read Secrets.
 *
 * <h2>Why a node's processor time is counted and not summed</h2>
 *
 * A machine's counter only grows. The sum over the pods that are there shrinks when one goes, and
 * metrics-server throws away a figure that shrinks: {@code kubectl top node} would have gaps
 * whenever a Job's pod ends. So {@code NodeCounter} remembers what was counted. It starts anew with
 * the process, which costs one reading.
 */
package io.virtualnodes.kubelet;
