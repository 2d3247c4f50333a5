package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pools in the states that tools tell apart, as the operator writes them, in {@link #FOLDER}. What
 * kstatus and Argo CD make of each is tried by {@code make test-gitops}, with their own programs.
 *
 * <p>{@code -Dgolden=write} writes the files anew.
 */
class PoolStatesTest {
  private static final Path FOLDER = Path.of("src/test/resources/gitops");
  private static final boolean WRITE = "write".equals(System.getProperty("golden"));
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

  /**
   * A pool.
   *
   * @param observed the generation that the operator has seen
   */
  private record State(
      String name,
      Seen seen,
      StopPolicy stopPolicy,
      long generation,
      long observed,
      boolean going) {
    static State of(String name, Seen seen) {
      return new State(name, seen, StopPolicy.None, 1, 1, false);
    }

    /** It is being deleted, which counts as a new version of it. */
    static State going(String name, Seen seen) {
      return new State(name, seen, StopPolicy.None, 2, 2, true);
    }

    String yaml() {
      var metadata = new LinkedHashMap<String, Object>();
      metadata.put("name", "burst");
      metadata.put("generation", generation);
      if (going) {
        metadata.put("deletionTimestamp", NOW.toString());
        metadata.put("finalizers", List.of("virtualnodepools.virtualnodes.io/finalizer"));
      }
      var status = new LinkedHashMap<String, Object>();
      status.put("observedGeneration", observed);
      status.put("conditions", PoolConditions.of(seen.facts(), observed, List.of(), NOW));
      return write(metadata, Map.of("stopPolicy", stopPolicy.name()), status);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static String write(Object metadata, Object spec, Object status) {
    var pool = new LinkedHashMap<String, Object>();
    pool.put("apiVersion", "virtualnodes.io/v1alpha1");
    pool.put("kind", "VirtualNodePool");
    pool.put("metadata", metadata);
    pool.put("spec", spec);
    pool.put("status", status);
    return Serialization.asYaml(pool);
  }

  static Stream<State> states() {
    return Stream.of(
        State.of("ready", new Seen()),
        State.of("connecting", new Seen().unseen().ready(0)),
        State.of("starting", new Seen().ready(2)),
        State.of("emptying", new Seen().emptying(1)),
        State.of("port-not-opened", new Seen().serverProblem("burst-0: no port is free")),
        State.of("backend-unavailable", new Seen().outage("connection refused")),
        State.of("backend-denies", new Seen().denied("403 Forbidden")),
        State.of("invalid-settings", new Seen().rejected("spec.backends[x]: no such backend")),
        State.of("name-taken", new Seen().taken("burst-1").ready(2)),
        new State("held", new Seen().stopped(StopPolicy.Hold), StopPolicy.Hold, 1, 1, false),
        new State("changed", new Seen(), StopPolicy.None, 2, 1, false),
        new State("repaired", new Seen().rejected("no"), StopPolicy.None, 2, 1, false),
        State.going("deleted", new Seen().emptying(1)),
        State.going("deleted-and-stuck", new Seen().emptying(1).outage("connection refused")));
  }

  @ParameterizedTest
  @MethodSource("states")
  void aPoolInThisStateIsWrittenSo(State state) throws IOException {
    assertFile(state.name(), state.yaml());
  }

  /** As the API server shows it: by the schema's default. */
  @Test
  void aPoolThatNobodyHasSeenYetSaysSo() throws IOException {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("name", "burst");
    metadata.put("generation", 1);
    assertFile(
        "not-seen-yet",
        write(metadata, Map.of("stopPolicy", "None"), Map.of("observedGeneration", -1)));
  }

  private static void assertFile(String name, String yaml) throws IOException {
    var file = FOLDER.resolve(name + ".yaml");
    if (WRITE) {
      Files.writeString(file, yaml);
    }
    assertThat(file).as("written with -Dgolden=write").exists();
    assertThat(Files.readString(file)).isEqualTo(yaml);
  }
}
