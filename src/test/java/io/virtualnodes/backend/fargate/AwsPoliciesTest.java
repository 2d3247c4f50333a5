package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.emulator.ecs.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the policies in deploy/cloud/aws allow what the backend asks of AWS, and nothing else. The
 * actions follow from the requests themselves, by AWS's rules for their names.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html">
 *     Actions of AWS's services</a>
 */
class AwsPoliciesTest {
  private static final Path POLICIES = Path.of("deploy/cloud/aws");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a service is called in actions, by what it is called in requests. */
  private static final Map<String, String> SERVICES =
      Map.of(
          "AmazonEC2ContainerServiceV20141113", "ecs",
          "Logs_20140328", "logs",
          "secretsmanager", "secretsmanager",
          "AmazonSQS", "sqs",
          "ServiceQuotasV20190624", "servicequotas");

  // Fargate fetches any image in this way that is in a registry of the account's.
  private static final Set<String> FETCHING =
      Set.of(
          "ecr:GetAuthorizationToken",
          "ecr:BatchCheckLayerAvailability",
          "ecr:GetDownloadUrlForLayer",
          "ecr:BatchGetImage");

  @TempDir private static Path folder;
  private static List<JsonNode> traffic;

  @BeforeAll
  static void doEverything() throws IOException {
    var record = folder.resolve("traffic.jsonl");
    var limits = Limits.USUAL;
    var capacity = List.of(FargatePlace.Capacity.ON_DEMAND, FargatePlace.Capacity.SPOT);
    try (var aws = new FargateSubject("policies", limits, capacity, Optional.of(record))) {
      aws.hear();
      var groups = List.of(secret(aws), secret(aws));
      aws.backend().create(groups.getFirst());
      // The next operator finds the secret.
      aws.restart();
      aws.backend().create(groups.getLast());
      var id = groups.getFirst().id();
      aws.await(id, seen -> seen.containers().getFirst().state() instanceof Running);
      assertThat(aws.backend().streams().logs(id, "main", LogOptions.ALL)).isPresent();
      aws.backend().stop(id, Duration.ZERO);
      aws.await(id, seen -> seen.progress() == Progress.FINISHED);
      repair(aws, () -> aws.aws().changeSecrets("{}", 1));
      repair(aws, () -> aws.aws().changeSecrets("{}", 2));
      repair(aws, () -> aws.aws().deleteSecrets(false));
      groups.forEach(group -> aws.backend().delete(group.id()));
      aws.backend().removeShared();
      assertThat(aws.backend().quota()).isPresent();
      await().until(() -> aws.aws().traffic().counts().containsKey("DeleteMessageBatch 200"));
    }
    traffic = Files.readAllLines(record).stream().map(AwsPoliciesTest::json).toList();
  }

  /** Somebody does something to the secrets of a task before they are read. */
  private static void repair(FargateSubject aws, Runnable harm) {
    aws.backend()
        .useLogins((_, _, _) -> List.of(new RegistryLogin("docker.io", "user", "password")));
    var group = secret(aws);
    aws.backend().create(group);
    harm.run();
    aws.await(group.id(), seen -> seen.containers().getFirst().state() instanceof Running);
    aws.backend().delete(group.id());
  }

  private static ContainerGroup secret(FargateSubject aws) {
    return FargateRefusalsTest.with(
        new GroupBuilder(aws.pool()).script("main", "echo word; sleep 3600"), "WORD", "s3cret");
  }

  @Test
  void theOperatorMayDoWhatItAsksForAndNothingElse() throws IOException {
    var asked = new TreeSet<String>();
    traffic.forEach(line -> asked.addAll(actions(line)));

    assertThat(asked).isEqualTo(granted(statements("operator-policy.json")));
  }

  @Test
  void fargateMayDoWhatTasksNeedAndNothingElse() throws IOException {
    var needed = new TreeSet<>(FETCHING);
    traffic.stream()
        .map(line -> line.path("request").path("containerDefinitions"))
        .forEach(containers -> containers.forEach(one -> needed.addAll(neededBy(one))));

    assertThat(needed).isEqualTo(granted(statements("execution-role-policy.json")));
  }

  @Test
  void onlyWhatAwsBindsToNoResourceIsGrantedForAll() throws IOException {
    var unbound = new TreeSet<String>();
    for (var policy : List.of("operator-policy.json", "execution-role-policy.json")) {
      for (var statement : statements(policy)) {
        if (statement.path("Resource").asText().equals("*") && !statement.has("Condition")) {
          unbound.addAll(named(statement.path("Action")));
        }
      }
    }

    assertThat(unbound)
        .containsExactly(
            "ecr:GetAuthorizationToken",
            "ecs:DeregisterTaskDefinition",
            "ecs:DescribeTaskDefinition",
            "ecs:ListTaskDefinitionFamilies",
            "ecs:RegisterTaskDefinition",
            "secretsmanager:ListSecrets",
            "servicequotas:GetServiceQuota");
  }

  @Test
  void onlyTasksOfTheAccountHaveTaskRoles() throws IOException {
    var trust = statements("task-role-trust.json");

    assertThat(trust).hasSize(1);
    assertThat(trust.getFirst().path("Principal"))
        .isEqualTo(json("{\"Service\": \"ecs-tasks.amazonaws.com\"}"));
    assertThat(trust.getFirst().path("Action").asText()).isEqualTo("sts:AssumeRole");
    assertThat(trust.getFirst().at("/Condition/StringEquals/aws:SourceAccount").asText())
        .isEqualTo("ACCOUNT");
  }

  @Test
  void theStackGrantsTheSame() throws IOException {
    var stack =
        new YAMLMapper()
            .readTree(Files.readString(POLICIES.resolve("cloudformation.yaml")))
            .path("Resources");

    assertThat(bySid(list(stack.at("/OperatorPolicy/Properties/PolicyDocument/Statement"))))
        .isEqualTo(bySid(statements("operator-policy.json")));
    assertThat(
            bySid(list(stack.at("/ExecutionRole/Properties/Policies/0/PolicyDocument/Statement"))))
        .isEqualTo(bySid(statements("execution-role-policy.json")));
  }

  // ---- What is asked

  /** The actions that AWS checks for one request. */
  private static Set<String> actions(JsonNode line) {
    var target = line.path("headers").path("X-amz-target").asText().split("\\.");
    var service = SERVICES.get(target[0]);
    var asked = line.path("request");
    var actions = new TreeSet<String>();
    // A request for several messages is allowed by the action for one.
    actions.add(service + ":" + target[1].replaceAll("Batch$", ""));
    if (asked.path("tags").size() + asked.path("Tags").size() > 0) {
      actions.add(service + ":TagResource");
    }
    if (asked.has("executionRoleArn") || asked.has("taskRoleArn")) {
      actions.add("iam:PassRole");
    }
    return actions;
  }

  /** What Fargate does by its own role before a container runs, and while it does. */
  private static Set<String> neededBy(JsonNode container) {
    var actions = new TreeSet<String>();
    if (container.path("secrets").size() > 0 || container.has("repositoryCredentials")) {
      actions.add("secretsmanager:GetSecretValue");
    }
    if (container.at("/logConfiguration/logDriver").asText().equals("awslogs")) {
      actions.addAll(List.of("logs:CreateLogStream", "logs:PutLogEvents"));
    }
    return actions;
  }

  // ---- What is granted

  private static List<JsonNode> statements(String policy) throws IOException {
    return list(json(Files.readString(POLICIES.resolve(policy))).path("Statement"));
  }

  private static Set<String> granted(List<JsonNode> statements) {
    var actions = statements.stream().flatMap(one -> named(one.path("Action")).stream()).toList();
    assertThat(actions).as("each is granted once").doesNotHaveDuplicates();
    assertThat(statements).allMatch(one -> one.path("Effect").asText().equals("Allow"));
    return new TreeSet<>(actions);
  }

  private static List<String> named(JsonNode oneOrMore) {
    return oneOrMore.isArray()
        ? list(oneOrMore).stream().map(JsonNode::asText).toList()
        : List.of(oneOrMore.asText());
  }

  /** Actions and what they are bound to, without names that each account has its own for. */
  private static Map<String, String> bySid(List<JsonNode> statements) {
    var all = new TreeMap<String, String>();
    for (var one : statements) {
      var conditions = new TreeSet<String>();
      one.path("Condition")
          .properties()
          .forEach(
              kind ->
                  kind.getValue()
                      .fieldNames()
                      .forEachRemaining(key -> conditions.add(kind.getKey() + " " + key)));
      all.put(
          one.path("Sid").asText(),
          "%s %s %s %s"
              .formatted(
                  one.path("Effect").asText(),
                  new TreeSet<>(named(one.path("Action"))),
                  one.path("Resource").asText().equals("*"),
                  conditions));
    }
    return all;
  }

  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
