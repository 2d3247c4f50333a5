/**
 * What a connection to a node's port can become: streams between a client and a process, or ports.
 * Knows nothing of pods, nor of who may; whoever calls it has settled that.
 *
 * <p>{@code Upgrade} agrees with the client on a protocol and lets the connection speak it. From
 * there on it is a {@code StreamConnection}, of which there are two, {@code SpdyConnection} (also
 * in the messages of a WebSocket, by {@code WebSocketTunnel}) and {@code ChannelConnection}; the
 * sessions, {@code RemoteCommand} and {@code PortForward}, do not see which one carries them. Event
 * loops fill {@code InboundPipe}s and never wait; sessions run on virtual threads, which do.
 *
 * <h2>Why SPDY and WebSocket</h2>
 *
 * The API server speaks SPDY to nodes, whatever kubectl speaks to it, except to those that declare
 * that they can do otherwise; and it passes on the WebSockets of older clients (fabric8, Python,
 * browser consoles) as they are. So both are needed, with all of their sub-protocols.
 *
 * <h2>Why not Netty's SPDY session handler</h2>
 *
 * It keeps flow-control windows, which clients of Kubernetes neither send nor honour: output would
 * stop at 65,536 bytes for ever. Back-pressure is the socket's: one that is not read. So one stream
 * that is not read holds up the others of its connection, as at a kubelet; but a forwarded port
 * that takes nothing for 30 seconds while it does so is given up.
 *
 * <h2>Why a connection is not closed at its end</h2>
 *
 * Closing a socket with unread input resets the connection, and the client loses what it has not
 * read yet: the end of the output, and the exit code. So the end is said (GOAWAY, Close), what
 * still comes is thrown away, and the client closes, for which it has 5 seconds.
 */
package io.virtualnodes.kubelet.stream;
