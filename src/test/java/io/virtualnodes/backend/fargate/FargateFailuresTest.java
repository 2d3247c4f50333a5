package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.ecs.model.EcsException;
import software.amazon.awssdk.services.ecs.model.Failure;

class FargateFailuresTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ThrottlingException|400|Rate exceeded|Unavailable",
        "ServerException|500|Internal|Unavailable",
        "ServiceUnavailableException|503|Busy|Unavailable",
        "SomethingNew|502|Bad|Unavailable",
        "ClientException|400|Capacity is unavailable at this time. Please try again"
            + " later|NoCapacity",
        "ClientException|400|You've reached the limit on the number of vCPUs you can"
            + " run|NoCapacity",
        "AccessDeniedException|400|User is not authorized to perform: ecs:RunTask|Denied",
        "ClusterNotFoundException|400|Cluster not found.|Denied",
        "ClientException|400|ECS was unable to assume the role 'x' that was provided|Denied",
        "InvalidParameterException|400|Error retrieving subnet information:"
            + " InvalidSubnetID.NotFound|Denied",
        "UnrecognizedClientException|400|The security token is invalid|Denied",
        "ClientException|400|Invalid 'memory' setting for container|Rejected",
        "InvalidParameterException|400|Too many containers|Rejected"
      })
  void whatEcsSaysHasOneConsequence(String code, int status, String words, String kind) {
    var failure = FargateFailures.of(refusal(code, status, words));

    assertThat(failure.getClass().getSimpleName()).isEqualTo(kind);
    assertThat(failure).hasMessageContaining(code).hasMessageContaining(words);
    assertThat(failure).hasMessageContaining("request request-1");
  }

  @ParameterizedTest
  @CsvSource({
    "ECS was unable to assume the role 'x' that was provided for this task",
    "User: me is not authorized to perform: iam:PassRole on resource: x"
  })
  void whereARoleIsRefusedTheFieldsAreNamedThatNameRoles(String words) {
    assertThat(FargateFailures.of(refusal("ClientException", 400, words)))
        .isInstanceOf(Denied.class)
        .hasMessageContaining(words)
        .hasMessageContaining("spec.backends[].fargate.executionRole and taskRoles");
    assertThat(FargateFailures.of(refusal("AccessDeniedException", 400, "ecs:RunTask")))
        .hasMessageNotContaining("taskRoles");
  }

  @Test
  void aThrottledRequestIsTriedAgainAfterAPause() {
    var failure = FargateFailures.of(refusal("ThrottlingException", 400, "Rate exceeded"));

    assertThat(((Unavailable) failure).retryAfter()).contains(FargateFailures.USUAL_PAUSE);
  }

  @Test
  void noAnswerIsUnavailableAndNoCredentialsAreDenied() {
    assertThat(FargateFailures.of(SdkClientException.create("Connection refused")))
        .isInstanceOf(Unavailable.class);
    assertThat(
            FargateFailures.of(
                SdkClientException.create("Unable to load credentials from any of the providers")))
        .isInstanceOf(Denied.class);
    var known = new Rejected("known", null);
    assertThat(FargateFailures.of(known)).isSameAs(known);
  }

  @ParameterizedTest
  @CsvSource({
    "Capacity is unavailable at this time,NoCapacity",
    "RESOURCE:ENI,NoCapacity",
    "AGENT,Unavailable"
  })
  void aTaskThatWasNotRunIsAFailureThoughTheAnswerIsNone(String reason, String kind) {
    BackendException failure = FargateFailures.of(Failure.builder().reason(reason).build());

    assertThat(failure.getClass().getSimpleName()).isEqualTo(kind);
    assertThat(failure).hasMessageContaining(reason).isNotInstanceOf(Rejected.class);
    assertThat(failure instanceof NoCapacity).isEqualTo(kind.equals("NoCapacity"));
  }

  private static RuntimeException refusal(String code, int status, String words) {
    return EcsException.builder()
        .statusCode(status)
        .requestId("request-1")
        .awsErrorDetails(
            AwsErrorDetails.builder()
                .errorCode(code)
                .errorMessage(words)
                .serviceName("ECS")
                .build())
        .build();
  }
}
