package io.virtualnodes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every group that the simulation of a pool ever accepted, in that order, by its own journal.
 *
 * @param groups one for each time that one was accepted
 */
record SimulationHistory(List<Group> groups) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where the operators of the tests have their simulated pools keep journals. */
  static final Path FOLDER = Cluster.FOLDER.resolve("simulation");

  /**
   * A group's life.
   *
   * @param id {@code <pod uid>-<attempt>}
   * @param pod the pod's name
   * @param stops when it was asked to stop
   * @param gone when it was deleted or lost; absent while the simulation has it
   */
  record Group(
      String id,
      String podUid,
      String pod,
      Instant accepted,
      List<Instant> stops,
      Optional<Instant> gone) {

    Group stopped(Instant at) {
      var all = new ArrayList<>(stops);
      all.add(at);
      return new Group(id, podUid, pod, accepted, List.copyOf(all), gone);
    }

    Group goneAt(Instant at) {
      return new Group(id, podUid, pod, accepted, stops, Optional.of(at));
    }

    boolean living() {
      return gone.isEmpty();
    }
  }

  /** As it is now; empty if the pool has asked for nothing yet. */
  static SimulationHistory of(String pool) {
    var groups = new ArrayList<Group>();
    for (var line : lines(FOLDER.resolve(pool + ".jsonl"))) {
      take(line, groups);
    }
    return new SimulationHistory(List.copyOf(groups));
  }

  private static void take(String line, List<Group> groups) {
    var entry = parse(line);
    var at = Instant.parse(entry.get("at").asText());
    var id = entry.get("id").asText();
    var event = entry.get("event").asText();
    if (event.equals("Accepted")) {
      var uid = id.substring(0, id.lastIndexOf('-'));
      var pod = entry.get("group").get("owner").get("pod").asText();
      groups.add(new Group(id, uid, pod, at, List.of(), Optional.empty()));
      return;
    }
    for (int i = 0; i < groups.size(); i++) {
      var group = groups.get(i);
      if (group.id().equals(id) && group.living()) {
        groups.set(i, event.equals("Stopped") ? group.stopped(at) : group.goneAt(at));
      }
    }
  }

  /** Of the pods whose names begin so. */
  List<Group> groups(String podPrefix) {
    return groups.stream().filter(group -> group.pod().startsWith(podPrefix)).toList();
  }

  /** Those that the simulation has now, ended or not. */
  List<Group> living() {
    return groups.stream().filter(Group::living).toList();
  }

  private static List<String> lines(Path journal) {
    try {
      return Files.exists(journal) ? Files.readAllLines(journal) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException("not a line of a journal: " + line, e);
    }
  }
}
