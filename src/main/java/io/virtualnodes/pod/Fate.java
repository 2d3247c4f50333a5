package io.virtualnodes.pod;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.backend.Capabilities.Feature;
import java.util.function.Predicate;

/** What becomes of one field of a pod's spec. */
sealed interface Fate {
  /** Carried out, or nobody's concern here. */
  record Fine(By by) implements Fate {}

  /** Fine with some values. */
  record OnlyAs(Predicate<String> fine, String why) implements Fate {}

  /** Never fine, for a reason that is worth telling. */
  record Refused(String why) implements Fate {}

  /** The fields below it have fates of their own. */
  record Below() implements Fate {}

  /** One thing where the field's value is of a kind, and another where it is not. */
  record Where(Predicate<JsonNode> kind, Fate then, Fate otherwise) implements Fate {}

  /** One thing where a backend has a feature, and another where it has not. */
  record With(Feature feature, Fate able, Fate unable) implements Fate {}

  /** By whom a field is carried out. */
  enum By {
    /** The backend that runs the pod. */
    BACKEND("carried"),
    /** The supervisor, for a backend that cannot do it. */
    SUPERVISOR("by the supervisor"),
    /** The scheduler, the controllers and the API server; the node has nothing to do. */
    CLUSTER("not the node's");

    private final String word;

    By(String word) {
      this.word = word;
    }

    /** For people. */
    String word() {
      return word;
    }
  }
}
