package io.virtualnodes.pod;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.Surroundings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** Values of the seam as YAML, for people to read in golden files. */
final class GoldenText {
  private static final ObjectMapper YAML =
      new ObjectMapper(
              new YAMLFactory()
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                  .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
                  .disable(YAMLGenerator.Feature.SPLIT_LINES)
                  .disable(YAMLGenerator.Feature.USE_NATIVE_TYPE_ID))
          .registerModules(new Jdk8Module(), new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addMixIn(ContainerState.class, Named.State.class)
          .addMixIn(ContainerGroup.Volume.class, Named.Volume.class)
          .addMixIn(ContainerGroup.EnvironmentValue.Plain.class, Named.Plain.class)
          .addMixIn(ContainerGroup.EnvironmentValue.Secret.class, Named.Secret.class)
          .addMixIn(ContainerGroup.File.class, Readable.class)
          .addMixIn(ContainerGroup.class, UnlessUsual.Group.class)
          .addMixIn(ContainerGroup.ContainerSpec.class, UnlessUsual.Container.class)
          .addMixIn(Care.class, WithoutTheAbsent.class)
          .addMixIn(ContainerGroup.Wishes.class, WithoutTheAbsent.class)
          .addMixIn(Action.class, Named.Act.class);

  private GoldenText() {}

  static String of(Object value) {
    return write(YAML.writer(), value);
  }

  /** For maps whose order means nothing. */
  static String sorted(Object value) {
    return write(YAML.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS), value);
  }

  private static String write(ObjectWriter writer, Object value) {
    try {
      return writer.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static Pod pod(String yaml) {
    return Serialization.unmarshal(yaml, Pod.class);
  }

  /** A copy of a status in which one field is another. */
  static PodStatus changed(PodStatus status, String field) {
    try {
      return YAML.readerForUpdating(new PodStatusBuilder(status).build()).readValue(field);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static Observation observation(String yaml) {
    try {
      var tree = (ObjectNode) YAML.readTree(yaml);
      // Few have any.
      tree.putIfAbsent("guests", YAML.createArrayNode());
      for (var container : tree.withArray("containers")) {
        ((ObjectNode) container).putIfAbsent("previousId", TextNode.valueOf(""));
      }
      return YAML.treeToValue(tree, Observation.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** What a pool says of the cluster's network. */
  static PodNetwork network(String yaml) {
    try {
      return YAML.readValue(yaml, PodNetwork.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The cases of a sealed type go by their names. */
  private interface Named {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.WRAPPER_OBJECT)
    @JsonSubTypes({
      @JsonSubTypes.Type(value = ContainerState.Waiting.class, name = "waiting"),
      @JsonSubTypes.Type(value = ContainerState.Running.class, name = "running"),
      @JsonSubTypes.Type(value = ContainerState.Exited.class, name = "exited"),
    })
    interface State {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.WRAPPER_OBJECT)
    @JsonSubTypes({
      @JsonSubTypes.Type(value = ContainerGroup.Volume.Scratch.class, name = "scratch"),
      @JsonSubTypes.Type(value = ContainerGroup.Volume.Files.class, name = "files"),
      @JsonSubTypes.Type(value = ContainerGroup.Volume.Claimed.class, name = "claimed"),
      @JsonSubTypes.Type(value = ContainerGroup.Volume.AzureFile.class, name = "azureFile"),
      @JsonSubTypes.Type(
          value = ContainerGroup.Volume.ElasticFileSystem.class,
          name = "elasticFileSystem"),
    })
    interface Volume {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.WRAPPER_OBJECT)
    @JsonSubTypes({
      @JsonSubTypes.Type(value = Action.Exec.class, name = "exec"),
      @JsonSubTypes.Type(value = Action.HttpGet.class, name = "httpGet"),
      @JsonSubTypes.Type(value = Action.TcpSocket.class, name = "tcpSocket"),
      @JsonSubTypes.Type(value = Action.Grpc.class, name = "grpc"),
      @JsonSubTypes.Type(value = Action.Sleep.class, name = "sleep"),
    })
    interface Act {}

    /** Stands for itself. */
    interface Plain {
      @JsonValue
      String text();
    }

    interface Secret {
      @JsonProperty("secret")
      String text();
    }
  }

  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  private interface WithoutTheAbsent {}

  /** A file's content as text, its mode as people write it. */
  private interface Readable {
    @JsonProperty
    @JsonSerialize(using = Text.class)
    byte[] content();

    @JsonProperty
    @JsonSerialize(using = Octal.class)
    int mode();

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    Optional<Long> owner();
  }

  /** What hardly any pod asks for is left out where it does not. */
  private interface UnlessUsual {
    interface Group {
      @JsonInclude(JsonInclude.Include.NON_ABSENT)
      Optional<ContainerGroup.Resolver> resolver();

      @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Usual.class)
      Surroundings surroundings();

      @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Usual.class)
      ContainerGroup.Wishes wishes();

      @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Usual.class)
      String serviceAccount();
    }

    interface Container {
      @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Usual.class)
      ContainerGroup.Terminal terminal();

      @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Usual.class)
      ContainerGroup.LastWords lastWords();

      @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Usual.class)
      Security security();

      @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Usual.class)
      Care care();

      @JsonInclude(JsonInclude.Include.NON_ABSENT)
      Optional<Restarts> restarts();
    }
  }

  /** Jackson leaves out what a filter calls equal to itself. */
  private static final class Usual {
    @Override
    public boolean equals(Object value) {
      return Security.USUAL.equals(value)
          || Surroundings.USUAL.equals(value)
          || ContainerGroup.Wishes.NONE.equals(value)
          || ContainerGroup.USUAL_SERVICE_ACCOUNT.equals(value)
          || ContainerGroup.Terminal.NONE.equals(value)
          || ContainerGroup.LastWords.USUAL.equals(value)
          || Care.NONE.equals(value);
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }

  private static final class Text extends JsonSerializer<byte[]> {
    @Override
    public void serialize(byte[] bytes, JsonGenerator to, SerializerProvider all)
        throws IOException {
      var text = new String(bytes, StandardCharsets.UTF_8);
      boolean whole = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
      to.writeString(whole ? text : "bytes " + HexFormat.of().formatHex(bytes));
    }
  }

  private static final class Octal extends JsonSerializer<Integer> {
    @Override
    public void serialize(Integer mode, JsonGenerator to, SerializerProvider all)
        throws IOException {
      to.writeString("0%o".formatted(mode));
    }
  }
}
