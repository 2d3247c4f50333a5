package io.virtualnodes.kubelet.stream;

import java.time.Duration;

/**
 * What upgraded connections may cost.
 *
 * @param sessions how many of a node may be held at once
 * @param forwards how many connections to a pod's ports one session may have open at once
 * @param creation until the client has opened the streams that belong together
 * @param idle after which a session ends that carried no data in either direction. Pings do not
 *     count: the API server sends them for clients that are gone
 * @param ping how often a client is pinged while nothing is read from it, which shows that it is
 *     gone
 * @param stall how long one forwarded connection may keep all others of its session from being
 *     read, without taking a byte
 * @param leave how long a client that was told the end may take to close. Closing with unread bytes
 *     of its in our socket would reset the connection, and could take the end of the output from it
 */
public record StreamLimits(
    int sessions,
    int forwards,
    Duration creation,
    Duration idle,
    Duration ping,
    Duration stall,
    Duration leave) {

  /** As a kubelet's, where it has them. */
  public static final StreamLimits DEFAULT =
      new StreamLimits(
          256,
          256,
          Duration.ofSeconds(30),
          Duration.ofHours(4),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5));
}
