package io.virtualnodes.node;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.virtualnodes.metrics.Meters;
import io.virtualnodes.metrics.Metric;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Counts what is asked of the API server in the nodes' names, by the code of the answer. */
public final class NodeRequestMeters implements Interceptor {
  private static final String NAME = "request-meters";

  private final Meters meters;
  private final Counter unanswered;
  // An API server knows a dozen or two.
  private final ConcurrentMap<Integer, Counter> codes = new ConcurrentHashMap<>();

  public NodeRequestMeters(MeterRegistry registry) {
    this.meters = new Meters(registry);
    this.unanswered = meters.counter(Metric.NODE_API_REQUESTS, "none");
  }

  /** Makes clients whose requests are counted. */
  public HttpClient.Factory counting(HttpClient.Factory http) {
    return () -> http.newBuilder().addOrReplaceInterceptor(NAME, this);
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    codes.computeIfAbsent(response.code(), this::counter).increment();
  }

  @Override
  public void afterConnectionFailure(HttpRequest request, Throwable failure) {
    unanswered.increment();
  }

  private Counter counter(int code) {
    return meters.counter(Metric.NODE_API_REQUESTS, Integer.toString(code));
  }
}
