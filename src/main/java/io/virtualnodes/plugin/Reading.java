package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What a cluster was asked for: it is known, or its owner does not let us know. */
sealed interface Reading<T> {
  /** What was read; an empty one was asked for and is not there. */
  record Known<T>(T value) implements Reading<T> {}

  /**
   * @param code the HTTP status
   * @param why in the API server's words
   */
  record Unreadable<T>(int code, String why) implements Reading<T> {
    private static final Set<Integer> NOT_ALLOWED = Set.of(401, 403);

    /** Whether we may not know; otherwise it could not be done. */
    boolean notAllowed() {
      return NOT_ALLOWED.contains(code);
    }
  }

  /**
   * Reads it. That the answer is no is an answer; a server that cannot be reached is not.
   *
   * @throws KubernetesClientException if no server answered
   */
  static <T> Reading<T> of(Supplier<T> read) {
    try {
      return new Known<>(read.get());
    } catch (KubernetesClientException e) {
      if (e.getCode() == 0) {
        throw e;
      }
      return new Unreadable<>(
          e.getCode(),
          Optional.ofNullable(e.getStatus())
              .map(Status::getMessage)
              .orElse("the answer was " + e.getCode()));
    }
  }

  /** What is known, or the value that stands for nothing. */
  default T or(T nothing) {
    return switch (this) {
      case Known<T>(var value) -> value;
      case Unreadable<T> _ -> nothing;
    };
  }
}
