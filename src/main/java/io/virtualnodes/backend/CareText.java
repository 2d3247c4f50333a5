package io.virtualnodes.backend;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

/** Care as the text of a label, for the process that comes after this one. */
public final class CareText {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_ABSENT, JsonInclude.Include.NON_ABSENT))
          .addMixIn(Action.class, Named.class)
          .build();

  private CareText() {}

  /** The cases of an action go by their names. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.WRAPPER_OBJECT)
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Action.Exec.class, name = "exec"),
    @JsonSubTypes.Type(value = Action.HttpGet.class, name = "httpGet"),
    @JsonSubTypes.Type(value = Action.TcpSocket.class, name = "tcpSocket"),
    @JsonSubTypes.Type(value = Action.Grpc.class, name = "grpc"),
    @JsonSubTypes.Type(value = Action.Sleep.class, name = "sleep"),
  })
  private interface Named {}

  public static String of(Care care) {
    try {
      return MAPPER.writeValueAsString(care);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("care is nothing but values", e);
    }
  }

  /**
   * @throws IllegalArgumentException if it was not written by {@link #of}
   */
  public static Care parse(String text) {
    try {
      return MAPPER.readValue(text, Care.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
