package io.virtualnodes.bench;

import io.virtualnodes.cluster.AuditLog.Request;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Who asked the API server for what in a round: pure. */
final class Requests {
  private Requests() {}

  /** The round with the requests that ended in it. */
  static Round counted(Round round, Agent agent, List<Request> all) {
    var inRound =
        all.stream()
            .filter(request -> !request.at().isBefore(round.began()))
            .filter(request -> !request.at().isAfter(round.ended()))
            .collect(Collectors.partitioningBy(agent::made));
    return round.with(
        perPod(inRound.get(true), round.pods(), Requests::what),
        perPod(inRound.get(false), round.pods(), request -> who(request) + ": " + what(request)));
  }

  private static SortedMap<String, Double> perPod(
      Collection<Request> requests, int pods, Function<Request, String> kind) {
    var counts =
        requests.stream().collect(Collectors.groupingBy(kind, TreeMap::new, Collectors.counting()));
    var perPod = new TreeMap<String, Double>();
    counts.forEach((what, count) -> perPod.put(what, count / (double) pods));
    return perPod;
  }

  private static String what(Request request) {
    boolean failed = request.code() >= 400;
    return Stream.of(request.verb(), request.resource(), failed ? "(" + request.code() + ")" : "")
        .filter(word -> !word.isEmpty())
        .collect(Collectors.joining(" "));
  }

  private static String who(Request request) {
    return request.agent().equals(ApiServer.USER_AGENT) ? ApiServer.USER_AGENT : request.user();
  }
}
