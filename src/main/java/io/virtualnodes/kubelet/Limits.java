package io.virtualnodes.kubelet;

import io.virtualnodes.kubelet.stream.StreamLimits;
import java.time.Duration;

/**
 * What one connection may cost.
 *
 * @param handshake until TLS stands
 * @param firstRequest from the connection's start until its first request is read whole
 * @param nextRequest from an answer until the next request is read whole
 * @param stalledWrite until a client took what was written to it
 * @param leave how long a caller that was told to close may take. Closing with unread bytes of its
 *     in our socket would reset the connection, and could take the answer from it before it is read
 * @param strangers how many connections of a node may be open without having sent a request that
 *     was allowed
 * @param lineBytes of a request's first line
 * @param headerBytes of all its headers
 * @param bodyBytes of its body, which is read past: no request here has one that matters
 * @param streams what it may cost once it is upgraded
 */
record Limits(
    Duration handshake,
    Duration firstRequest,
    Duration nextRequest,
    Duration stalledWrite,
    Duration leave,
    int strangers,
    int lineBytes,
    int headerBytes,
    int bodyBytes,
    StreamLimits streams) {

  static final Limits DEFAULT =
      new Limits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          // The API server drops idle connections after 90 s. Ours must live longer, or it would
          // send a request into one that we are just closing.
          Duration.ofMinutes(2),
          // Somebody may read a log in a pager. The API server itself gives up after 4 hours.
          Duration.ofHours(4),
          Duration.ofSeconds(2),
          256,
          // A command with its arguments is in it, and Linux takes arguments of this size.
          128 * 1024,
          32 * 1024,
          64 * 1024,
          StreamLimits.DEFAULT);
}
