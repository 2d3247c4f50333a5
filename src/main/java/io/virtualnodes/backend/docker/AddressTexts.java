package io.virtualnodes.backend.docker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.backend.OwnAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a container is told, as it was before its group's addresses took the place of {@link
 * OwnAddress}. It is kept in a label: a group can have another address after its engine was away,
 * and the next instance is told that one.
 *
 * @param environment {@code NAME=value}; those alone that hold an address
 */
record AddressTexts(List<String> entrypoint, List<String> command, List<String> environment) {
  private static final String LABEL = "virtualnodes.io/address-texts";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  AddressTexts {
    entrypoint = List.copyOf(entrypoint);
    command = List.copyOf(command);
    environment = List.copyOf(environment);
  }

  /** Of what is to be asked for; empty if it holds no address. */
  static Optional<AddressTexts> of(ContainerRequest request) {
    var environment = request.environment().stream().filter(OwnAddress::in).toList();
    boolean holds =
        Stream.of(request.entrypoint(), request.command(), environment)
            .flatMap(List::stream)
            .anyMatch(OwnAddress::in);
    return holds
        ? Optional.of(new AddressTexts(request.entrypoint(), request.command(), environment))
        : Optional.empty();
  }

  /** Of a container that was made so; empty if it was told no address. */
  static Optional<AddressTexts> of(Map<String, String> labels) {
    return Optional.ofNullable(labels.get(LABEL)).map(AddressTexts::parse);
  }

  private static AddressTexts parse(String label) {
    try {
      return MAPPER.readValue(label, AddressTexts.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a label of ours was changed: " + LABEL, e);
    }
  }

  Map<String, String> label() {
    try {
      return Map.of(LABEL, MAPPER.writeValueAsString(this));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts are nothing but values", e);
    }
  }

  /** An environment with these variables in the place of those of the same name. */
  List<String> in(List<String> variables) {
    return variables.stream()
        .map(
            variable ->
                environment.stream()
                    .filter(ours -> name(ours).equals(name(variable)))
                    .findFirst()
                    .orElse(variable))
        .toList();
  }

  private static String name(String variable) {
    return variable.split("=", 2)[0];
  }

  /** Leaves out the texts, which may be secret. */
  @Override
  public String toString() {
    return "AddressTexts[" + environment.size() + " variables]";
  }
}
