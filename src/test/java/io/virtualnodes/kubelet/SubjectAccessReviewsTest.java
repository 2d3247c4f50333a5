package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
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

class SubjectAccessReviewsTest {
  private static final Identity ALICE =
      new Identity("alice", "42", List.of("ops", "dev"), Map.of("scopes", List.of("a", "b")));
  private static final NodeAccess READ = new NodeAccess("burst-0", "proxy", "get");

  private final BlockingQueue<SubjectAccessReview> asked = new LinkedBlockingQueue<>();
  private HttpServer server;
  private KubernetesClient client;
  private volatile int code = 201;
  private volatile String answer = "{allowed: true}";

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        exchange -> {
          asked.add(Serialization.unmarshal(exchange.getRequestBody(), SubjectAccessReview.class));
          var review = Serialization.unmarshal("status: " + answer, SubjectAccessReview.class);
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
  void theClusterIsAskedAboutThisCallerAndNode() {
    assertThat(new SubjectAccessReviews(client).allows(ALICE, READ)).isTrue();

    var spec = asked.remove().getSpec();
    assertThat(spec.getUser()).isEqualTo("alice");
    assertThat(spec.getUid()).isEqualTo("42");
    assertThat(spec.getGroups()).containsExactly("ops", "dev");
    assertThat(spec.getExtra()).isEqualTo(Map.of("scopes", List.of("a", "b")));
    var attributes = spec.getResourceAttributes();
    assertThat(attributes.getResource()).isEqualTo("nodes");
    assertThat(attributes.getSubresource()).isEqualTo("proxy");
    assertThat(attributes.getName()).isEqualTo("burst-0");
    assertThat(attributes.getVerb()).isEqualTo("get");
    assertThat(attributes.getVersion()).isEqualTo("v1");
  }

  @Test
  void anythingButAClearYesIsNo() {
    var reviews = new SubjectAccessReviews(client);
    for (var no : List.of("{allowed: false}", "{allowed: true, denied: true}", "{}", "")) {
      answer = no;
      assertThat(reviews.allows(ALICE, READ)).as(no).isFalse();
    }
  }

  @Test
  void anErrorOfTheClusterIsThrown() {
    code = 403;

    assertThatThrownBy(() -> new SubjectAccessReviews(client).allows(ALICE, READ))
        .isInstanceOf(KubernetesClientException.class);
  }
}
