package io.virtualnodes.backend.aci;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import java.time.Duration;
import java.time.InstantSource;
import reactor.core.publisher.Mono;

/** Learns from each of Azure's answers what it still grants. */
final class RateReader implements HttpPipelinePolicy {
  private static final HttpHeaderName READS_LEFT =
      HttpHeaderName.fromString("x-ms-ratelimit-remaining-subscription-reads");
  private static final int TOO_MANY = 429;
  // Where Azure refuses and does not say for how long: a few of its refills.
  private static final Duration USUAL_PAUSE = Duration.ofSeconds(5);

  private final AciRates rates;
  private final InstantSource clock;

  RateReader(AciRates rates, InstantSource clock) {
    this.rates = rates;
    this.clock = clock;
  }

  @Override
  public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
    var method = call.getHttpRequest().getHttpMethod();
    if (method == HttpMethod.GET) {
      rates.reads().take(clock.instant());
    }
    return next.process().doOnNext(answer -> learn(method, answer));
  }

  private void learn(HttpMethod method, HttpResponse answer) {
    var now = clock.instant();
    if (answer.getStatusCode() == TOO_MANY) {
      var pause = AciFailures.retryAfter(answer).orElse(USUAL_PAUSE);
      if (method == HttpMethod.GET) {
        rates.reads().refused(pause, now);
      } else if (method == HttpMethod.PUT) {
        rates.creations().refused(pause, now);
      } else if (method == HttpMethod.DELETE) {
        rates.deletions().refused(pause, now);
      }
    }
    var left = answer.getHeaderValue(READS_LEFT);
    if (left != null && left.matches("[0-9]{1,9}")) {
      rates.reads().told(Integer.parseInt(left), now);
    }
  }
}
