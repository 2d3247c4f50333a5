package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.RateGovernor;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;

/**
 * As whom AWS is asked, and how: as what the operator's own surroundings say, in the order of all
 * of AWS's tools. A pool's spec never holds a credential.
 *
 * <p>Each request is sent once: who asks again is decided where it is known what it costs.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/credentials-chain.html">
 *     Default credentials provider chain</a>
 */
record AwsLogin(FargatePlace place, SdkHttpClient http) implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  // Over plain http nothing secret may go, and an emulator asks for a signature without reading it.
  private static final AwsCredentialsProvider NOBODY =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("nobody", "nobody"));

  static AwsLogin to(FargatePlace place) {
    return new AwsLogin(
        place,
        UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(ANSWER).build());
  }

  /** A client of one of the services. Asks nobody yet. */
  <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(B builder) {
    place.endpoint().ifPresent(builder::endpointOverride);
    return builder
        .region(Region.of(place.region()))
        .credentialsProvider(
            place.endpoint().filter(AwsLogin::isPlain).isPresent()
                ? NOBODY
                : DefaultCredentialsProvider.builder().build())
        .httpClient(http)
        .overrideConfiguration(
            how ->
                how.retryStrategy(DefaultRetryStrategy.doNotRetry())
                    .apiCallTimeout(ANSWER.plus(CONNECT)))
        .build();
  }

  /**
   * Asks once.
   *
   * @throws BackendException if that failed
   */
  static <T> T ask(Supplier<T> request) {
    try {
      return request.get();
    } catch (RuntimeException e) {
      throw FargateFailures.of(e);
    }
  }

  /**
   * Asks once for something of which AWS takes only so much.
   *
   * @param governor that let it through, and hears of it if AWS takes no more
   * @throws BackendException if that failed
   */
  static <T> T ask(RateGovernor governor, InstantSource clock, Supplier<T> request) {
    return ask(
        () -> {
          try {
            return request.get();
          } catch (AwsServiceException e) {
            if (FargateFailures.isThrottling(e)) {
              governor.refused(FargateFailures.USUAL_PAUSE, clock.instant());
            }
            throw e;
          }
        });
  }

  private static boolean isPlain(URI endpoint) {
    return "http".equals(endpoint.getScheme());
  }

  @Override
  public void close() {
    http.close();
  }
}
