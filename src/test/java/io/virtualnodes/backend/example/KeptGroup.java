package io.virtualnodes.backend.example;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Restarts;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is kept of a group, as the text of a file.
 *
 * @param stopBy when all of it is to have ended; present once it was asked to stop
 */
record KeptGroup(
    GroupId id,
    GroupOwner owner,
    RestartPolicy restartPolicy,
    Duration grace,
    Instant createdAt,
    List<KeptContainer> containers,
    Optional<Instant> stopBy) {

  static final ObjectMapper MAPPER =
      JsonMapper.builder().addModule(new Jdk8Module()).addModule(new JavaTimeModule()).build();

  record KeptContainer(
      String name,
      Part part,
      Optional<Restarts> restarts,
      String image,
      List<String> command,
      Map<String, String> environment) {

    static KeptContainer of(ContainerSpec container, String hostname) {
      var environment = new LinkedHashMap<String, String>();
      environment.put("HOSTNAME", hostname);
      container.environment().forEach((name, value) -> environment.put(name, value.text()));
      return new KeptContainer(
          container.name(),
          container.part(),
          container.restarts(),
          container.image(),
          Stream.concat(container.command().stream(), container.arguments().stream()).toList(),
          environment);
    }

    /** Leaves out the environment, whose values may be secret. */
    @Override
    public String toString() {
      return "KeptContainer[" + name + "]";
    }
  }

  static KeptGroup of(ContainerGroup group, Instant now) {
    return new KeptGroup(
        group.id(),
        group.owner(),
        group.restartPolicy(),
        group.grace(),
        now,
        group.containers().stream()
            .map(container -> KeptContainer.of(container, group.hostname()))
            .toList(),
        Optional.empty());
  }

  /** A longer grace does not replace a shorter one. */
  KeptGroup stopping(Instant by) {
    var sooner = stopBy.filter(before -> before.isBefore(by)).orElse(by);
    return new KeptGroup(
        id, owner, restartPolicy, grace, createdAt, containers, Optional.of(sooner));
  }

  KeptContainer container(String name) {
    return containers.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }
}
