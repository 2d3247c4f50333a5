package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.util.concurrent.CompletionException;

/**
 * Somebody who has the operator's token and sends the API server what requests they like: each as
 * it is written, with nothing read before it as clients do.
 *
 * @param client with the token, as itself or as somebody else
 */
record Intruder(KubernetesClient client) implements AutoCloseable {
  private static final String JSON = "application/json";
  private static final String PATCH = "application/merge-patch+json";
  private static final String APPLY = "application/apply-patch+yaml";

  static Intruder with(OperatorRights rights) {
    return of(rights.config());
  }

  /** The node of this name, as the operator is one. */
  static Intruder asNode(OperatorRights rights, String node) {
    return as(rights, "system:node:" + node);
  }

  static Intruder as(OperatorRights rights, String user, String... groups) {
    var config = rights.config();
    config.setImpersonateUsername(user);
    config.setImpersonateGroups(groups);
    return of(config);
  }

  static Intruder of(Config config) {
    return new Intruder(new KubernetesClientBuilder().withConfig(config).build());
  }

  /** What the API server says to a request, which it carried out. */
  String does(String method, String path, String body) {
    var answer = ask(method, path, body);
    assertThat(answer.code()).as("%s %s: %s", method, path, answer.body()).isBetween(200, 299);
    return answer.body();
  }

  String reads(String path) {
    return does("GET", path, "");
  }

  /**
   * It is refused.
   *
   * @param reason some words of the API server's
   */
  void cannot(String method, String path, String body, String reason) {
    var answer = ask(method, path, body);
    assertThat(answer.code()).as("%s %s: %s", method, path, answer.body()).isEqualTo(403);
    assertThat(answer.body()).contains(reason);
  }

  /** RBAC gives it no such right. */
  void cannot(String method, String path, String body) {
    cannot(method, path, body, "cannot ");
  }

  void cannotRead(String path) {
    cannot("GET", path, "");
  }

  private HttpResponse<String> ask(String method, String path, String body) {
    var http = client.getHttpClient();
    var request =
        http.newHttpRequestBuilder()
            .uri(client.getMasterUrl().toString().replaceAll("/$", "") + path);
    if (!method.equals("GET")) {
      request.method(method.equals("APPLY") ? "PATCH" : method, contentType(method), body);
    }
    try {
      return http.sendAsync(request.build(), String.class).join();
    } catch (CompletionException e) {
      throw new AssertionError(method + " " + path + " was not answered", e);
    }
  }

  /** {@code APPLY} is a PATCH by which the server makes what is not there. */
  private static String contentType(String method) {
    return switch (method) {
      case "PATCH" -> PATCH;
      case "APPLY" -> APPLY;
      default -> JSON;
    };
  }

  @Override
  public void close() {
    client.close();
  }
}
