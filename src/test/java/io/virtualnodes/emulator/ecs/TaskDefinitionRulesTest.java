package io.virtualnodes.emulator.ecs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskDefinitionRulesTest {
  private static final String PLAIN =
      """
      {
        "family": "vk-burst",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "cpu": "256",
        "memory": "512",
        "volumes": [{"name": "scratch"}],
        "containerDefinitions": [
          {"name": "init", "image": "busybox", "essential": false},
          {
            "name": "main", "image": "busybox",
            "linuxParameters": {}, "logConfiguration": {}, "healthCheck": {"command": ["CMD", "true"]},
            "restartPolicy": {"enabled": true},
            "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}],
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/data"}],
            "logConfiguration": {
              "logDriver": "awslogs",
              "options": {
                "awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p"
              }
            }
          }
        ]
      }
      """;

  private static ObjectNode plain() {
    try {
      return (ObjectNode) Json.MAPPER.readTree(PLAIN);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aPlainDefinitionIsAccepted() {
    assertThatCode(() -> TaskDefinitionRules.check(plain())).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          /family                                | "has a blank"                        | Family contains invalid characters
          /networkMode                           | "bridge"                             | Fargate only supports network mode
          /requiresCompatibilities               | ["EC2"]                              | FARGATE
          /cpu                                   | ""                                   | 'cpu' be defined at the task level
          /memory                                | "640"                                | No Fargate configuration exists
          /memory                                | "much"                               | Invalid 'memory' setting
          /pidMode                               | "host"                               | pidMode
          /ipcMode                               | "task"                               | ipcMode
          /placementConstraints                  | [{"type": "memberOf"}]               | placement constraints
          /ephemeralStorage                      | {"sizeInGiB": 20}                    | between 21 and 200
          /ephemeralStorage                      | {"sizeInGiB": 201}                   | between 21 and 200
          /runtimePlatform                       | {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"} | No Fargate configuration exists
          /runtimePlatform                       | {"cpuArchitecture": "RISCV"}         | cpuArchitecture
          /tags                                  | [{"key": "aws:a", "value": "b"}]     | must not begin with aws:
          /executionRoleArn                      | ""                                   | execution role ARN to support log driver awslogs
          /volumes                               | [{"name": "scratch", "host": {"sourcePath": "/etc"}}] | host.sourcePath
          /volumes                               | [{"name": "scratch", "dockerVolumeConfiguration": {"scope": "task"}}] | other kinds
          /volumes                               | []                                   | Unknown volume 'scratch'
          /volumes                               | [{"name": "scratch", "efsVolumeConfiguration": {"fileSystemId": "nfs"}}] | EFS file system id
          /volumes                               | [{"name": "scratch", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/a", "authorizationConfig": {"accessPointId": "fsap-1"}}}] | root directory
          /volumes                               | [{"name": "scratch", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "authorizationConfig": {"accessPointId": "fsap-1"}}}] | Transit encryption
          /containerDefinitions                  | []                                   | Container list cannot be empty
          /containerDefinitions/0/essential      | true                                 | must not be essential
          /containerDefinitions/1/essential      | false                                | At least one container must be marked essential
          /containerDefinitions/0/name           | "main"                               | Container names must be unique
          /containerDefinitions/0/image          | ""                                   | Container.image
          /containerDefinitions/1/privileged     | true                                 | privileged
          /containerDefinitions/1/disableNetworking | true                              | disableNetworking
          /containerDefinitions/1/links          | ["init"]                             | links
          /containerDefinitions/1/hostname       | "web-0"                              | hostname
          /containerDefinitions/1/dnsServers     | ["10.0.0.2"]                         | dnsServers
          /containerDefinitions/1/dnsSearchDomains | ["svc"]                            | dnsSearchDomains
          /containerDefinitions/1/extraHosts     | [{"hostname": "a", "ipAddress": "10.0.0.1"}] | extraHosts
          /containerDefinitions/1/dockerSecurityOptions | ["no-new-privileges"]         | dockerSecurityOptions
          /containerDefinitions/1/resourceRequirements | [{"type": "GPU", "value": "1"}] | resourceRequirements
          /containerDefinitions/1/linuxParameters/devices | [{"hostPath": "/dev/fuse"}] | linuxParameters.devices
          /containerDefinitions/1/linuxParameters/sharedMemorySize | 64                 | linuxParameters.sharedMemorySize
          /containerDefinitions/1/linuxParameters/maxSwap | 64                          | linuxParameters.maxSwap
          /containerDefinitions/1/linuxParameters/swappiness | 60                       | linuxParameters.swappiness
          /containerDefinitions/1/linuxParameters/capabilities | {"add": ["NET_ADMIN"]} | NET_ADMIN
          /containerDefinitions/1/stopTimeout    | 121                                  | stopTimeout must be between 2 and 120
          /containerDefinitions/1/startTimeout   | 1                                    | startTimeout must be between 2 and 120
          /containerDefinitions/1/healthCheck/interval | 4                              | interval must be between 5 and 300
          /containerDefinitions/1/healthCheck/timeout | 61                              | timeout must be between 2 and 60
          /containerDefinitions/1/healthCheck/retries | 11                              | retries must be between 1 and 10
          /containerDefinitions/1/healthCheck/startPeriod | 301                         | startPeriod must be between 0 and 300
          /containerDefinitions/1/healthCheck/command | ["true"]                        | CMD or CMD-SHELL
          /containerDefinitions/1/restartPolicy/restartAttemptPeriod | 59               | between 60 and 1800
          /containerDefinitions/1/portMappings   | [{"containerPort": 80, "hostPort": 8080}] | must match
          /containerDefinitions/1/portMappings   | [{"containerPort": 53, "protocol": "tcp"}, {"containerPort": 53, "protocol": "udp"}] | mapped more than once
          /containerDefinitions/1/portMappings   | [{"containerPort": 80, "protocol": "sctp"}] | protocol
          /containerDefinitions/1/logConfiguration/logDriver | "json-file"              | logConfiguration.logDriver json-file
          /containerDefinitions/1/logConfiguration/options/awslogs-stream-prefix | ""   | requires options
          /containerDefinitions/1/logConfiguration/options/awslogs-colour | "red"       | disallows options: awslogs-colour
          /containerDefinitions/1/logConfiguration/options/mode | "sometimes"           | mode is not valid
          /containerDefinitions/1/memory         | 1024                                 | greater than the task's
          /containerDefinitions/1/cpu            | 512                                  | greater than the task's
          /containerDefinitions/1/dependsOn      | [{"containerName": "main", "condition": "START"}] | in a circle
          /containerDefinitions/0/dependsOn      | [{"containerName": "main", "condition": "START"}] | in a circle
          /containerDefinitions/1/dependsOn      | [{"containerName": "none", "condition": "START"}] | not in the task definition
          /containerDefinitions/1/dependsOn      | [{"containerName": "init", "condition": "HEALTHY"}] | must have a health check
          /containerDefinitions/1/dependsOn      | [{"containerName": "init", "condition": "SOON"}] | condition is not valid
          """)
  void whatFargateDoesNotTakeIsRefused(String field, String value, String message)
      throws IOException {
    var definition = plain();
    set(definition, field, value);

    assertThatThrownBy(() -> TaskDefinitionRules.check(definition))
        .isInstanceOfSatisfying(
            AwsError.class,
            error -> assertThat(error.type()).isIn("ClientException", "InvalidParameterException"))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          /pidMode                               | "task"
          /ephemeralStorage                      | {"sizeInGiB": 200}
          /runtimePlatform                       | {"cpuArchitecture": "ARM64"}
          /volumes                               | [{"name": "scratch", "efsVolumeConfiguration": {"fileSystemId": "fs-0123"}}]
          /containerDefinitions/1/linuxParameters/tmpfs | [{"containerPath": "/fast", "size": 64}]
          /containerDefinitions/1/linuxParameters/capabilities | {"add": ["SYS_PTRACE"], "drop": ["ALL"]}
          /containerDefinitions/1/stopTimeout    | 120
          /containerDefinitions/1/portMappings   | [{"containerPort": 80, "hostPort": 80}, {"containerPort": 53, "protocol": "udp"}]
          /containerDefinitions/1/logConfiguration/options/mode | "non-blocking"
          """)
  void whatFargateTakesIsAccepted(String field, String value) throws IOException {
    var definition = plain();
    set(definition, field, value);

    assertThatCode(() -> TaskDefinitionRules.check(definition)).doesNotThrowAnyException();
  }

  private static void set(ObjectNode definition, String field, String value) throws IOException {
    var pointer = JsonPointer.compile(field);
    var parent = (ObjectNode) definition.at(pointer.head());
    parent.set(pointer.last().getMatchingProperty(), Json.MAPPER.readTree(value));
  }

  @Test
  void tenContainersAreTheMost() {
    var definition = plain();
    var containers = (ArrayNode) definition.path("containerDefinitions");
    for (int i = 0; i < 8; i++) {
      containers.addObject().put("name", "more-" + i).put("image", "busybox");
    }
    assertThatCode(() -> TaskDefinitionRules.check(definition)).doesNotThrowAnyException();

    containers.addObject().put("name", "eleventh").put("image", "busybox");
    assertThatThrownBy(() -> TaskDefinitionRules.check(definition))
        .hasMessageContaining("at most 10");
  }

  @Test
  void sixtyFourKilobytesAreTheMost() {
    var definition = plain();
    var container = (ObjectNode) definition.path("containerDefinitions").path(1);
    container.putArray("environment").addObject().put("name", "X").put("value", "x".repeat(60_000));
    assertThatCode(() -> TaskDefinitionRules.check(definition)).doesNotThrowAnyException();

    container.withArray("environment").addObject().put("name", "Y").put("value", "y".repeat(6000));
    assertThatThrownBy(() -> TaskDefinitionRules.check(definition))
        .hasMessageContaining("Max allowed length is '65536' bytes");
  }

  @Test
  void secretsNeedARoleThatReadsThemAndNamesOfTheirOwn() {
    var definition = plain();
    var container = (ObjectNode) definition.path("containerDefinitions").path(0);
    container.putArray("secrets").addObject().put("name", "X").put("valueFrom", "some-secret");
    assertThatCode(() -> TaskDefinitionRules.check(definition)).doesNotThrowAnyException();

    container.putArray("environment").addObject().put("name", "X").put("value", "y");
    assertThatThrownBy(() -> TaskDefinitionRules.check(definition))
        .hasMessageContaining("secret name must be unique");

    container.remove("environment");
    definition.remove("executionRoleArn");
    assertThatThrownBy(() -> TaskDefinitionRules.check(definition))
        .hasMessageContaining("'executionRoleArn'");
  }
}
