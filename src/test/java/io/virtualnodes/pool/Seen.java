package io.virtualnodes.pool;

import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.pod.PodNetwork;
import java.util.List;
import java.util.Optional;

/** A pool of three nodes that is well, but for what a test says. */
final class Seen {
  private Optional<String> rejected = Optional.empty();
  private Optional<String> outage = Optional.empty();
  private Optional<String> denied = Optional.empty();
  private boolean backendSeen = true;
  private int ready = 3;
  private List<String> taken = List.of();
  private List<String> serverProblems = List.of();
  private int emptying;
  private int heldOrphans;
  private List<String> refusedDaemonSets = List.of();
  private Optional<StopPolicy> stopped = Optional.empty();
  private boolean capacityKnown = true;
  private Optional<String> notice = Optional.empty();
  private PodNetwork network = PodNetwork.UNTOLD;

  Seen rejected(String why) {
    rejected = Optional.of(why);
    return this;
  }

  Seen outage(String why) {
    outage = Optional.of(why);
    return this;
  }

  Seen denied(String why) {
    denied = Optional.of(why);
    return this;
  }

  Seen unseen() {
    backendSeen = false;
    return this;
  }

  Seen ready(int count) {
    ready = count;
    return this;
  }

  Seen taken(String node) {
    taken = List.of(node);
    return this;
  }

  Seen serverProblem(String problem) {
    serverProblems = List.of(problem);
    return this;
  }

  Seen emptying(int count) {
    emptying = count;
    return this;
  }

  Seen heldOrphans(int count) {
    heldOrphans = count;
    return this;
  }

  Seen refusedDaemonSets(String... names) {
    refusedDaemonSets = List.of(names);
    return this;
  }

  Seen stopped(StopPolicy policy) {
    stopped = Optional.of(policy);
    return this;
  }

  Seen notice(String text) {
    notice = Optional.of(text);
    return this;
  }

  Seen network(PodNetwork told) {
    network = told;
    return this;
  }

  Seen capacityUnknown() {
    capacityKnown = false;
    return this;
  }

  PoolConditions.Facts facts() {
    return new PoolConditions.Facts(
        rejected,
        outage,
        denied,
        backendSeen,
        3,
        3,
        ready,
        taken,
        serverProblems,
        emptying,
        heldOrphans,
        refusedDaemonSets,
        stopped,
        capacityKnown,
        notice,
        network);
  }
}
