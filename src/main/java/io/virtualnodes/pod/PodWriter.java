package io.virtualnodes.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Writes to pods, as the node that they run on. Each method is one request: the client's own patch
 * methods read first, which would double what a burst costs the API server. Each means one pod by
 * its uid, and leaves another one that has its name by now alone.
 *
 * <p>What the API server refuses, or does not answer, throws a {@link KubernetesFailure}.
 */
public final class PodWriter {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String STRATEGIC_MERGE = "application/strategic-merge-patch+json";
  // Of the object that comes back only the version is read: a pod is ten times the size. What is no
  // object, such as a refusal, comes as plain JSON.
  private static final String METADATA_ONLY =
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
  private static final long TIMEOUT_SECONDS = 30;
  private static final int NOT_FOUND = 404;
  private static final int UNPROCESSABLE = 422;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int CONFLICT = 409;

  private final KubernetesClient client;

  /**
   * @param nodeClient acts as the node
   */
  public PodWriter(KubernetesClient nodeClient) {
    this.client = nodeClient;
  }

  /** What became of a write. */
  sealed interface Outcome {
    record Written(String resourceVersion) implements Outcome {}

    /** The pod is gone, or another one has its name. */
    record Gone() implements Outcome {}
  }

  Outcome report(Pod pod, PodStatusReport report) {
    var answer =
        send(
            path(pod) + "/status",
            "PATCH",
            STRATEGIC_MERGE,
            report.patch(pod.getMetadata().getUid()));
    return switch (answer.code()) {
      case NOT_FOUND, CONFLICT -> new Outcome.Gone();
      case UNPROCESSABLE -> {
        if (isAboutAnotherPod(answer)) {
          yield new Outcome.Gone();
        }
        throw refused("status of " + path(pod), answer);
      }
      case 200 -> new Outcome.Written(resourceVersion(answer));
      default -> throw refused("status of " + path(pod), answer);
    };
  }

  /** A patch whose uid is not the pod's is refused as if it wanted to change it. */
  private static boolean isAboutAnotherPod(HttpResponse<String> answer) {
    try {
      return MAPPER
          .readTree(answer.body())
          .at("/details/causes")
          .findValuesAsText("field")
          .contains("metadata.uid");
    } catch (JsonProcessingException e) {
      throw new KubernetesFailure("the API server's answer is not JSON", e);
    }
  }

  /** Removes the pod at once. */
  public void remove(Pod pod) {
    delete(pod, Map.of("gracePeriodSeconds", 0));
  }

  /** Asks for the pod's end, with its own grace. */
  public void delete(Pod pod) {
    delete(pod, Map.of());
  }

  /**
   * Asks for the pod's end, with its own grace, unless a PodDisruptionBudget forbids it.
   *
   * @return false if one does
   */
  public boolean evict(Pod pod) {
    var metadata =
        Map.of("name", pod.getMetadata().getName(), "namespace", pod.getMetadata().getNamespace());
    var eviction =
        Map.of(
            "apiVersion",
            "policy/v1",
            "kind",
            "Eviction",
            "metadata",
            metadata,
            "deleteOptions",
            Map.of("preconditions", uid(pod)));
    var answer = send(path(pod) + "/eviction", "POST", "application/json", eviction);
    return switch (answer.code()) {
      case 200, 201, 202, NOT_FOUND, CONFLICT -> true;
      case TOO_MANY_REQUESTS -> false;
      default -> throw refused("eviction of " + path(pod), answer);
    };
  }

  private void delete(Pod pod, Map<String, Object> options) {
    var body = new java.util.HashMap<>(options);
    body.put("apiVersion", "v1");
    body.put("kind", "DeleteOptions");
    body.put("preconditions", uid(pod));
    var answer = send(path(pod), "DELETE", "application/json", body);
    switch (answer.code()) {
      case 200, 202, NOT_FOUND, CONFLICT -> {}
      default -> throw refused("delete " + path(pod), answer);
    }
  }

  private static Map<String, String> uid(Pod pod) {
    return Map.of("uid", pod.getMetadata().getUid());
  }

  private static String path(Pod pod) {
    return "api/v1/namespaces/"
        + pod.getMetadata().getNamespace()
        + "/pods/"
        + pod.getMetadata().getName();
  }

  private HttpResponse<String> send(String path, String method, String type, Object body) {
    try {
      var http = client.getHttpClient();
      var request =
          http.newHttpRequestBuilder()
              .uri(client.getConfiguration().getMasterUrl() + path)
              .method(method, type, MAPPER.writeValueAsString(body))
              .header("Accept", METADATA_ONLY)
              .build();
      return http.sendAsync(request, String.class).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new KubernetesFailure(method + " " + path + " had no answer: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KubernetesFailure(method + " " + path + " was interrupted", e);
    }
  }

  private static String resourceVersion(HttpResponse<String> answer) {
    try {
      return MAPPER.readTree(answer.body()).at("/metadata/resourceVersion").asText();
    } catch (JsonProcessingException e) {
      throw new KubernetesFailure("the API server's answer is not JSON", e);
    }
  }

  private static KubernetesFailure refused(String what, HttpResponse<String> answer) {
    return new KubernetesFailure(what + " was refused: " + answer.body(), null);
  }
}
