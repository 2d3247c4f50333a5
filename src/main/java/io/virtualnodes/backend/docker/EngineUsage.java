package io.virtualnodes.backend.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.docker.FoundContainer.Status;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Gatherers;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the engine what running containers use: one request for each, and one for each sandbox,
 * which alone knows its group's network.
 */
final class EngineUsage {
  private static final int READS_AT_ONCE = 8;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final Logger log = LoggerFactory.getLogger(EngineUsage.class);

  private final DockerEngine engine;

  EngineUsage(DockerEngine engine) {
    this.engine = engine;
  }

  private record Asked(FoundContainer container, Optional<Measured> measured) {}

  /** One that cannot be read for now is left out. */
  List<ContainerUsage> of(List<FoundContainer> containers) {
    Predicate<FoundContainer> counts =
        found ->
            switch (found.marks().role()) {
              case CONTAINER, GUEST, SANDBOX -> found.running();
              case WRITER, RELAY, ENDER, POST_STARTED, STARTED_UP, UNHEALTHY -> false;
            };
    var asked =
        containers.stream()
            .filter(counts)
            .gather(
                Gatherers.mapConcurrent(READS_AT_ONCE, found -> new Asked(found, measured(found))))
            .toList();
    var networks = new HashMap<GroupId, Measured.Network>();
    for (var one : asked) {
      one.measured()
          .flatMap(Measured::network)
          .ifPresent(network -> networks.put(one.container().marks().group(), network));
    }
    return asked.stream()
        .filter(one -> one.container().marks().role() != Marks.Role.SANDBOX)
        .flatMap(one -> usage(one, networks))
        .toList();
  }

  private static Stream<ContainerUsage> usage(
      Asked asked, Map<GroupId, Measured.Network> networks) {
    var marks = asked.container().marks();
    return asked.container().status() instanceof Status.Running(var since)
        ? asked.measured().stream()
            .map(
                measured ->
                    measured.usage(
                        marks.group(),
                        marks.container(),
                        since,
                        Optional.ofNullable(networks.get(marks.group()))))
        : Stream.empty();
  }

  private Optional<Measured> measured(FoundContainer found) {
    try {
      var bytes = engine.measured(found.id());
      return bytes.isEmpty() ? Optional.empty() : Measured.of(json(bytes.get()));
    } catch (BackendException e) {
      log.atDebug()
          .addKeyValue("container", found.name())
          .addKeyValue("failure", e.getMessage())
          .log("usage of a container could not be read");
      return Optional.empty();
    }
  }

  private static JsonNode json(byte[] bytes) {
    try {
      return MAPPER.readTree(bytes);
    } catch (IOException e) {
      throw new BackendException.Unavailable("the engine's figures are not understood", e);
    }
  }
}
