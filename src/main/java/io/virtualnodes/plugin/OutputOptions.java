package io.virtualnodes.plugin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.PrintWriter;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** How an answer is printed. */
final class OutputOptions {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new Jdk8Module())
          .setDefaultPropertyInclusion(JsonInclude.Include.NON_ABSENT)
          .enable(SerializationFeature.INDENT_OUTPUT);

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text or json (default: ${DEFAULT-VALUE}).")
  private Format format;

  /** Of answers. */
  enum Format {
    text,
    json
  }

  /** Prints a record, or what people read in its place. */
  void print(PrintWriter out, Object answer, Supplier<String> text) {
    switch (format) {
      case text -> out.print(text.get());
      case json -> out.println(json(answer));
    }
    out.flush();
  }

  /** Whether people read it, who also want to know what is going on. */
  boolean forPeople() {
    return format == Format.text;
  }

  /** A record as a program reads it. */
  static String json(Object answer) {
    try {
      return JSON.writeValueAsString(answer);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("answers are plain records", e);
    }
  }
}
