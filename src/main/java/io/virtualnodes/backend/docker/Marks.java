package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.CareText;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a container at the engine says about itself, in labels: whose it is, and all that is needed
 * to tell how its group is and to restart it. Every container of a group names the whole group, so
 * that one of them is enough to know what is missing.
 *
 * @param container empty unless the role is CONTAINER
 * @param instance how many restarts came before it
 * @param backOff how long after its end the next instance has to wait
 * @param restartPolicy of the containers that have none of their own
 * @param grace how long a container that is asked to end has for it, when nobody says otherwise
 * @param containers all containers of the group, in order
 * @param acceptedAt when the group was asked for
 * @param care of a container of the pod's
 */
record Marks(
    GroupId group,
    GroupOwner owner,
    Role role,
    String container,
    int instance,
    Duration backOff,
    RestartPolicy restartPolicy,
    PullPolicy pullPolicy,
    Duration grace,
    List<Listed> containers,
    Instant acceptedAt,
    Care care) {

  static final String POOL = "virtualnodes.io/pool";
  static final String GROUP = "virtualnodes.io/group";
  static final String VOLUME = "virtualnodes.io/volume";
  private static final String CLAIMED = "virtualnodes.io/claimed";
  private static final String NODE = "virtualnodes.io/node";
  private static final String NAMESPACE = "virtualnodes.io/namespace";
  private static final String POD = "virtualnodes.io/pod";
  private static final String ROLE = "virtualnodes.io/role";
  private static final String CONTAINER = "virtualnodes.io/container";
  private static final String INSTANCE = "virtualnodes.io/restarts";
  private static final String BACK_OFF = "virtualnodes.io/back-off-seconds";
  private static final String RESTART_POLICY = "virtualnodes.io/restart-policy";
  private static final String PULL_POLICY = "virtualnodes.io/pull-policy";
  private static final String GRACE = "virtualnodes.io/grace-seconds";
  private static final String CONTAINERS = "virtualnodes.io/containers";
  private static final String ACCEPTED_AT = "virtualnodes.io/accepted-at";

  /** Only where there is something to say. */
  private static final String CARE = "virtualnodes.io/care";

  private static final List<String> ALL =
      List.of(
          POOL,
          GROUP,
          NODE,
          NAMESPACE,
          POD,
          ROLE,
          CONTAINER,
          INSTANCE,
          BACK_OFF,
          RESTART_POLICY,
          PULL_POLICY,
          GRACE,
          CONTAINERS,
          ACCEPTED_AT);

  Marks {
    containers = List.copyOf(containers);
    if (containers.stream().noneMatch(listed -> listed.part() == Part.MAIN)) {
      throw new IllegalArgumentException("a group has at least one main container");
    }
  }

  /** Of a container that is left to itself. */
  Marks(
      GroupId group,
      GroupOwner owner,
      Role role,
      String container,
      int instance,
      Duration backOff,
      RestartPolicy restartPolicy,
      PullPolicy pullPolicy,
      Duration grace,
      List<Listed> containers,
      Instant acceptedAt) {
    this(
        group,
        owner,
        role,
        container,
        instance,
        backOff,
        restartPolicy,
        pullPolicy,
        grace,
        containers,
        acceptedAt,
        Care.NONE);
  }

  /**
   * A container of the group, which need not be there yet.
   *
   * @param ownRestarts what it says itself of being started again
   */
  record Listed(String name, Part part, Optional<Restarts> ownRestarts) {
    // A name has neither a colon nor a comma.
    private static final String SEPARATOR = ":";

    Restarts restarts(RestartPolicy groups) {
      return Restarts.of(part, ownRestarts, groups);
    }

    String text() {
      return name
          + SEPARATOR
          + part
          + ownRestarts.map(own -> SEPARATOR + RestartsText.of(own)).orElse("");
    }

    static Listed parse(String text) {
      var parts = text.split(SEPARATOR, 3);
      if (parts.length < 2) {
        throw new IllegalArgumentException(text);
      }
      return new Listed(
          parts[0],
          Part.valueOf(parts[1]),
          parts.length < 3 ? Optional.empty() : Optional.of(RestartsText.parse(parts[2])));
    }
  }

  /** What a container at the engine is for. */
  enum Role {
    /** One of the pod's. */
    CONTAINER,
    /** One that joined the group when it ran. */
    GUEST,
    /** Holds the network of a group with several containers or with restarts. */
    SANDBOX,
    /** Is there for a moment: volumes can be written only through a container that mounts them. */
    WRITER,
    /** Is there as long as somebody talks to ports that only the group's own network reaches. */
    RELAY,
    /** Is there for a moment: it ends a command whose caller is gone. */
    ENDER,
    /** Is never started, as those below: that it is there puts something on record. */
    POST_STARTED(Milestone.POST_STARTED),
    STARTED_UP(Milestone.STARTED_UP),
    UNHEALTHY(Milestone.UNHEALTHY);

    private final Optional<Milestone> milestone;

    Role() {
      this.milestone = Optional.empty();
    }

    Role(Milestone milestone) {
      this.milestone = Optional.of(milestone);
    }

    /** What it puts on record of the instance that it is named for. */
    Optional<Milestone> milestone() {
      return milestone;
    }

    static Role of(Milestone milestone) {
      return switch (milestone) {
        case POST_STARTED -> POST_STARTED;
        case STARTED_UP -> STARTED_UP;
        case UNHEALTHY -> UNHEALTHY;
      };
    }

    boolean isStarted() {
      return this == CONTAINER || this == SANDBOX;
    }
  }

  /** What part the container has in its group. */
  Part part() {
    return listed().map(Listed::part).orElse(Part.MAIN);
  }

  /** Whether the container is started again once it ended. */
  Restarts restarts() {
    return listed()
        .map(listed -> listed.restarts(restartPolicy))
        .orElseGet(() -> new Restarts(restartPolicy));
  }

  /** How the group lists the container; empty if it is none of the pod's. */
  Optional<Listed> listed() {
    return containers.stream().filter(listed -> listed.name().equals(container)).findFirst();
  }

  Marks next(int number, Duration nextBackOff) {
    return new Marks(
        group,
        owner,
        role,
        container,
        number,
        nextBackOff,
        restartPolicy,
        pullPolicy,
        grace,
        containers,
        acceptedAt,
        care);
  }

  /** Of what puts a milestone of this container on record. */
  Marks reached(Milestone milestone) {
    return beside(Role.of(milestone), container, instance, backOff, pullPolicy);
  }

  /** Of the container through which volumes of the same group are written. */
  Marks writer() {
    return beside(Role.WRITER, "", 0, Duration.ZERO, PullPolicy.NEVER);
  }

  /** Of what is beside the group's containers for a while. */
  Marks errand(Role role) {
    return beside(role, "", 0, Duration.ZERO, PullPolicy.NEVER);
  }

  /** Of a container that joins the same group. */
  Marks guest(String name, PullPolicy policy) {
    return beside(Role.GUEST, name, 0, Duration.ZERO, policy);
  }

  /** Of another container of the group, which is left to itself. */
  private Marks beside(
      Role other, String name, int number, Duration nextBackOff, PullPolicy policy) {
    return new Marks(
        group,
        owner,
        other,
        name,
        number,
        nextBackOff,
        restartPolicy,
        policy,
        grace,
        containers,
        acceptedAt);
  }

  Map<String, String> labels() {
    var labels = new LinkedHashMap<>(ownerLabels(group, owner));
    labels.put(ROLE, role.name());
    labels.put(CONTAINER, container);
    labels.put(INSTANCE, Integer.toString(instance));
    labels.put(BACK_OFF, Long.toString(backOff.toSeconds()));
    labels.put(RESTART_POLICY, restartPolicy.name());
    labels.put(PULL_POLICY, pullPolicy.name());
    labels.put(GRACE, Long.toString(grace.toSeconds()));
    labels.put(CONTAINERS, containers.stream().map(Listed::text).collect(Collectors.joining(",")));
    labels.put(ACCEPTED_AT, acceptedAt.toString());
    if (!care.equals(Care.NONE)) {
      labels.put(CARE, CareText.of(care));
    }
    return labels;
  }

  static Map<String, String> volumeLabels(GroupId group, GroupOwner owner, String volume) {
    var labels = new LinkedHashMap<>(ownerLabels(group, owner));
    labels.put(VOLUME, volume);
    return labels;
  }

  /** Of a volume that outlives groups. */
  static Map<String, String> claimedLabels(String pool, String id) {
    return Map.of(POOL, pool, CLAIMED, id);
  }

  /** Whether these labels are those of a volume that outlives groups. */
  static boolean areOfClaimed(Map<String, String> labels, String pool, String id) {
    return labels != null && labels.entrySet().containsAll(claimedLabels(pool, id).entrySet());
  }

  /** The group that a volume belongs to; empty if it is not ours. */
  static Optional<GroupId> volumeGroup(Map<String, String> labels) {
    if (labels == null || !labels.keySet().containsAll(List.of(POOL, GROUP, VOLUME))) {
      return Optional.empty();
    }
    try {
      return Optional.of(GroupId.parse(labels.get(GROUP)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Map<String, String> ownerLabels(GroupId group, GroupOwner owner) {
    var labels = new LinkedHashMap<String, String>();
    labels.put(POOL, owner.pool());
    labels.put(GROUP, group.toString());
    labels.put(NODE, owner.node());
    labels.put(NAMESPACE, owner.namespace());
    labels.put(POD, owner.pod());
    return labels;
  }

  /**
   * Reads what {@link #labels} wrote; empty if it was not written by us. An image can carry any
   * label, and a container inherits it, so a few of our keys alone prove nothing.
   */
  static Optional<Marks> of(Map<String, String> labels) {
    if (labels == null || !labels.keySet().containsAll(ALL)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Marks(
              GroupId.parse(labels.get(GROUP)),
              new GroupOwner(
                  labels.get(POOL), labels.get(NODE), labels.get(NAMESPACE), labels.get(POD)),
              Role.valueOf(labels.get(ROLE)),
              labels.get(CONTAINER),
              Integer.parseInt(labels.get(INSTANCE)),
              Duration.ofSeconds(Long.parseLong(labels.get(BACK_OFF))),
              RestartPolicy.valueOf(labels.get(RESTART_POLICY)),
              PullPolicy.valueOf(labels.get(PULL_POLICY)),
              Duration.ofSeconds(Long.parseLong(labels.get(GRACE))),
              Stream.of(labels.get(CONTAINERS).split(",")).map(Listed::parse).toList(),
              Instant.parse(labels.get(ACCEPTED_AT)),
              labels.containsKey(CARE) ? CareText.parse(labels.get(CARE)) : Care.NONE));
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
