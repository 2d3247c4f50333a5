package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TokenReviewsTest {
  private final BlockingQueue<TokenReview> asked = new LinkedBlockingQueue<>();
  private HttpServer server;
  private KubernetesClient client;
  private volatile int code = 201;
  private volatile String answer = "{}";

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/apis/authentication.k8s.io/v1/tokenreviews",
        exchange -> {
          asked.add(Serialization.unmarshal(exchange.getRequestBody(), TokenReview.class));
          var review = Serialization.unmarshal("status: " + answer, TokenReview.class);
          var body = Serialization.asJson(review).getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(code, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    var config = Config.empty();
    config.setMasterUrl("http://127.0.0.1:" + server.getAddress().getPort());
    config.setRequestRetryBackoffLimit(0);
    client = new KubernetesClientBuilder().withConfig(config).build();
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  @Test
  void allThatTheClusterKnowsOfTheHolderIsKept() {
    answer =
        """
        {authenticated: true, user: {username: alice, uid: "42", groups: [ops, dev],
         extra: {scopes: [a, b]}}}
        """
            .replace("\n", " ");

    assertThat(new TokenReviews(client).holder("secret"))
        .contains(
            new Identity(
                "alice", "42", List.of("ops", "dev"), Map.of("scopes", List.of("a", "b"))));
    var spec = asked.remove().getSpec();
    assertThat(spec.getToken()).isEqualTo("secret");
    assertThat(spec.getAudiences()).as("as a kubelet: the API server's own").isNullOrEmpty();
  }

  @Test
  void anythingButAClearYesIsNobody() {
    var reviews = new TokenReviews(client);
    for (var no :
        List.of(
            "{authenticated: false, error: expired}",
            "{user: {username: alice}}",
            "{authenticated: true}",
            "{authenticated: true, user: {groups: [ops]}}",
            "{authenticated: true, user: {username: ''}}",
            "{}",
            "")) {
      answer = no;
      assertThat(reviews.holder("secret")).as(no).isEmpty();
    }
  }

  @Test
  void anErrorOfTheClusterIsThrownAndDoesNotNameTheToken() {
    code = 403;

    assertThatThrownBy(() -> new TokenReviews(client).holder("secret-token"))
        .isInstanceOf(KubernetesClientException.class)
        .message()
        .doesNotContain("secret-token");
  }
}
