package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Service Quotas, as far as Fargate goes. */
final class Quotas {
  private static final String SERVICE = "fargate";
  // What a new account has.
  private static final double DEFAULT_VCPUS = 6;

  private final List<Quota> quotas;

  private record Quota(String code, String name, double value) {}

  Quotas(Limits limits) {
    this.quotas =
        List.of(
            new Quota(
                "L-3032A538", "Fargate On-Demand vCPU resource count", limits.onDemandVcpus()),
            new Quota("L-36FBB829", "Fargate Spot vCPU resource count", limits.spotVcpus()));
  }

  ObjectNode answer(String operation, ObjectNode asked) {
    if (!Json.text(asked, "ServiceCode").equals(SERVICE)) {
      throw missing("The request failed because the specified service does not exist.");
    }
    return switch (operation) {
      case "GetServiceQuota" -> one(asked, false);
      case "GetAWSDefaultServiceQuota" -> one(asked, true);
      case "ListServiceQuotas" -> list(asked);
      default -> throw AwsError.unknown("ServiceQuotasV20190624." + operation);
    };
  }

  private ObjectNode one(JsonNode asked, boolean byDefault) {
    var code = Json.text(asked, "QuotaCode");
    var quota =
        quotas.stream()
            .filter(one -> one.code().equals(code))
            .findFirst()
            .orElseThrow(
                () ->
                    missing(
                        "The request failed because the specified quota does not exist: " + code));
    var answer = Json.object();
    answer.set("Quota", show(quota, byDefault ? DEFAULT_VCPUS : quota.value()));
    return answer;
  }

  private ObjectNode list(JsonNode asked) {
    var page = Page.of(quotas, asked, "MaxResults", "NextToken", 100);
    var answer = Json.object();
    var shown = answer.putArray("Quotas");
    page.items().forEach(quota -> shown.add(show(quota, quota.value())));
    page.next().ifPresent(token -> answer.put("NextToken", token));
    return answer;
  }

  private static ObjectNode show(Quota quota, double value) {
    return Json.object()
        .put("ServiceCode", SERVICE)
        .put("ServiceName", "AWS Fargate")
        .put(
            "QuotaArn",
            "arn:aws:servicequotas:%s:%s:fargate/%s"
                .formatted(Account.REGION, Account.ID, quota.code()))
        .put("QuotaCode", quota.code())
        .put("QuotaName", quota.name())
        .put("Value", value)
        .put("Unit", "None")
        .put("Adjustable", true)
        .put("GlobalQuota", false);
  }

  private static AwsError missing(String message) {
    return new AwsError("NoSuchResourceException", message);
  }
}
