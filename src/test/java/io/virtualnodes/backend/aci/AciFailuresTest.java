package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.management.exception.ManagementError;
import com.azure.core.management.exception.ManagementException;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.Quota.Counts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class AciFailuresTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          UNTIL_DELETED | 409 | ContainerGroupQuotaReached     | container group quota 'StandardCores' exceeded in region 'eastus'
          RUNNING       | 409 | ServiceUnavailable             | The requested resource is not available in the location 'eastus' at this moment.
          RUNNING       | 503 | ServiceUnavailable             | The requested resource is not available in the location 'eastus' at this moment.
          UNTIL_DELETED | 400 | SubnetIsFull                   | Subnet n with address prefix 10.0.0.0/29 does not have enough capacity.
          """)
  void thereIsNoRoom(Counts counts, int status, String code, String words) {
    assertThat(AciFailures.of(refused(status, code, words)))
        .isInstanceOfSatisfying(
            NoCapacity.class, none -> assertThat(none.counts()).isEqualTo(counts))
        .hasMessage("%s: %s (HTTP %d, request r-1)", code, words, status);
  }

  @ParameterizedTest
  @CsvSource({
    "429, TooManyRequests",
    "500, InternalServerError",
    "503, ServiceUnavailable",
    "504, GatewayTimeout",
    "409, ContainerGroupTransitioning",
    "409, RegistryErrorResponse",
    "400, InaccessibleImage",
    "408, ''"
  })
  void itMayHaveHappenedAndIsAskedAgain(int status, String code) {
    assertThat(AciFailures.of(refused(status, code, "Azure's own words")))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("Azure's own words");
  }

  @ParameterizedTest
  @CsvSource({
    "401, InvalidAuthenticationToken",
    "403, AuthorizationFailed",
    "403, RequestDisallowedByPolicy",
    "404, ResourceGroupNotFound",
    "404, SubscriptionNotFound",
    "409, MissingSubscriptionRegistration",
    "409, ScopeLocked",
    "400, LocationNotAvailableForResourceType",
    "400, SubnetDelegationMissing"
  })
  void thePoolsOwnerMustAct(int status, String code) {
    assertThat(AciFailures.of(refused(status, code, "words"))).isInstanceOf(Denied.class);
  }

  @ParameterizedTest
  @CsvSource({
    "400, ContainerLimitGreaterThanContainerGroupTotalRequest",
    "400, InvalidContainerName",
    "400, SpotPriorityContainerGroupNotSupportedForInboundConnectivity",
    "413, RequestContentTooLarge"
  })
  void itIsNeverTaken(int status, String code) {
    assertThat(AciFailures.of(refused(status, code, "words"))).isInstanceOf(Rejected.class);
  }

  @Test
  void azuresPauseIsKept() {
    var failure = (Unavailable) AciFailures.of(refused(429, "TooManyRequests", "slower"));

    assertThat(failure.retryAfter()).contains(Duration.ofSeconds(17));
  }

  @Test
  void whatDoesNotAnswerIsUnavailable() {
    var failure = new UncheckedIOException(new IOException("Connection refused"));

    assertThat(AciFailures.of(failure))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("Connection refused");
  }

  @Test
  void refusedCredentialsAreThePoolsAffairAndASilentLoginIsNot() {
    assertThat(
            AciFailures.of(
                new ClientAuthenticationException("AADSTS7000215: Invalid client secret", null)))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("AADSTS7000215");
    assertThat(
            AciFailures.of(
                new ClientAuthenticationException(
                    "token request failed", null, new IOException("timeout"))))
        .isInstanceOf(Unavailable.class);
  }

  @Test
  void whatWasAcceptedAndThenFailedIsToldByItsEvents() {
    assertThat(
            AciFailures.ofProvisioning(
                "Failed: The requested resource is not available in the location 'eastus'"))
        .isInstanceOf(NoCapacity.class);
    assertThat(AciFailures.ofProvisioning("Failed: something else"))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("something else");
  }

  @Test
  void absenceIsToldFromAMissingResourceGroup() {
    assertThat(AciFailures.isAbsence(refused(404, "ResourceNotFound", "w"))).isTrue();
    assertThat(AciFailures.isAbsence(refused(404, "ResourceGroupNotFound", "w"))).isFalse();
    assertThat(AciFailures.isAbsence(refused(400, "ResourceNotFound", "w"))).isFalse();
  }

  private static ManagementException refused(int status, String code, String words) {
    return new ManagementException(
        "Status code " + status, new Answer(status), new ManagementError(code, words));
  }

  /** Of a status and a few headers. */
  private static final class Answer extends HttpResponse {
    private final int status;

    Answer(int status) {
      super(new HttpRequest(HttpMethod.GET, "https://management.azure.com/"));
      this.status = status;
    }

    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    @Deprecated
    public String getHeaderValue(String name) {
      return getHeaders().getValue(HttpHeaderName.fromString(name));
    }

    @Override
    public HttpHeaders getHeaders() {
      return new HttpHeaders()
          .set(HttpHeaderName.fromString("x-ms-request-id"), "r-1")
          .set(HttpHeaderName.RETRY_AFTER, "17");
    }

    @Override
    public Flux<ByteBuffer> getBody() {
      return Flux.empty();
    }

    @Override
    public Mono<byte[]> getBodyAsByteArray() {
      return Mono.empty();
    }

    @Override
    public Mono<String> getBodyAsString() {
      return Mono.empty();
    }

    @Override
    public Mono<String> getBodyAsString(Charset charset) {
      return Mono.empty();
    }
  }
}
