package io.virtualnodes.emulator.ecs;

import java.util.UUID;

/** Whose cloud it is and where, and how things are called there. */
final class Account {
  // The account of AWS's own examples.
  static final String ID = "123456789012";
  static final String REGION = "us-east-1";

  private Account() {}

  static String cluster(String name) {
    return ecs("cluster/" + name);
  }

  static String task(String cluster, String id) {
    return ecs("task/" + cluster + "/" + id);
  }

  static String container(String cluster, String task, String id) {
    return ecs("container/" + cluster + "/" + task + "/" + id);
  }

  static String taskDefinition(String family, int revision) {
    return ecs("task-definition/" + family + ":" + revision);
  }

  static String secret(String nameWithEnding) {
    return "arn:aws:secretsmanager:" + REGION + ":" + ID + ":secret:" + nameWithEnding;
  }

  static String logGroup(String name) {
    return "arn:aws:logs:" + REGION + ":" + ID + ":log-group:" + name;
  }

  static String queue(String name) {
    return "arn:aws:sqs:" + REGION + ":" + ID + ":" + name;
  }

  /** 32 hexadecimal digits, as tasks and much else are called. */
  static String id() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  /** What comes last in an ARN or is all of a name. */
  static String last(String arnOrName) {
    return arnOrName.substring(arnOrName.lastIndexOf('/') + 1);
  }

  private static String ecs(String resource) {
    return "arn:aws:ecs:" + REGION + ":" + ID + ":" + resource;
  }
}
