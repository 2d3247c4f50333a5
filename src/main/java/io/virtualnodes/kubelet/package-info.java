/**
 * The HTTPS port of each node: what the API server calls on behalf of {@code kubectl logs}, {@code
 * exec}, {@code attach}, {@code cp} and {@code port-forward}. It speaks a kubelet's paths and
 * sentences, knows pods only by {@link io.virtualnodes.kubelet.PodLookup}, and reaches backends
 * only by {@link io.virtualnodes.backend.Streams}. Netty stays in here, and so does everything
 * about TLS.
 *
 * <p>A request passes {@code Connection} (event loop) and {@code Requests} (virtual thread: who
 * calls, may they, what do they want); {@code Route} and {@code LogQuery} are the pure readings of
 * path and query; {@code Reply} is the way back, which blocks as long as the caller does not read.
 * {@code Conversations} settles what can be refused while HTTP is spoken; then {@code Reply} lets
 * the connection speak another protocol, and {@link io.virtualnodes.kubelet.stream} takes it over.
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
 *       cluster's client CA; a foreign one fails the TLS handshake, none at all is answered 401.
 *       Certificates are checked again at each request, since connections live for hours.
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
 * <h2>Why the certificate is self-signed</h2>
 *
 * The API server does not verify a node's certificate unless it is told to, and nothing in a plain
 * cluster signs one for a node that is no machine. Each node's lives in memory and is renewed
 * between two connections. Clusters that verify, and metrics-server by default, need another way;
 * {@code ServingCertificate} is the place for it.
 */
package io.virtualnodes.kubelet;
