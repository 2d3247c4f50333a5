"""AWS's own command line against the emulated AWS: a client that nobody here wrote.

fargate_client.py AWS ADDRESS  registers, runs, reads, lists and stops tasks, and reads their logs, secrets, events and quotas
"""

import json
import os
import subprocess
import sys

from expectations import expect, wait

CLUSTER = "burst"
LOG_GROUP = "/virtualnodes/burst"
NETWORK = "awsvpcConfiguration={subnets=[subnet-1],assignPublicIp=DISABLED}"


class Client:
    """The command line, with nobody's credentials."""

    def __init__(self, program, address):
        self.program = program
        self.address = address
        self.surroundings = {
            "PATH": os.environ["PATH"],
            "HOME": os.path.dirname(program),
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, *words):
        return subprocess.run(
            # Said each time: for queues, this client does not heed it in its surroundings.
            [self.program, "--endpoint-url", self.address, *words, "--output", "json"],
            env=self.surroundings,
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, *words):
        done = self.run(*words)
        if done.returncode:
            print(done.stderr)
            expect(" ".join(words[:2]), False)
        return json.loads(done.stdout) if done.stdout.strip() else {}


def container(name, script, **more):
    return {
        "name": name,
        "image": "virtualnodes/busybox:latest",
        "entryPoint": ["sh", "-c"],
        "command": [script],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": LOG_GROUP, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "pods"},
        },
        **more,
    }


def register(client, family, *containers):
    return client.ask(
        "ecs",
        "register-task-definition",
        *("--family", family, "--network-mode", "awsvpc", "--requires-compatibilities", "FARGATE"),
        *("--cpu", "256", "--memory", "512"),
        *("--execution-role-arn", "arn:aws:iam::123456789012:role/execution"),
        *("--container-definitions", json.dumps(containers)),
    )["taskDefinition"]


def launch(*more):
    return ("ecs", "run-task", "--cluster", CLUSTER, "--launch-type", "FARGATE", "--network-configuration", NETWORK, *more)


def main(program, address):
    client = Client(program, address)

    def task(arn):
        found = client.ask("ecs", "describe-tasks", "--cluster", CLUSTER, "--tasks", arn)["tasks"]
        return found[0] if found else {"lastStatus": "MISSING"}

    def listed(status):
        return client.ask("ecs", "list-tasks", "--cluster", CLUSTER, "--desired-status", status)["taskArns"]

    definition = register(
        client,
        "from-cli",
        container("init", "echo first; exit 0", essential=False),
        container("main", "echo from the command line; sleep 3600", dependsOn=[{"containerName": "init", "condition": "SUCCESS"}]),
    )
    expect("a task definition is registered", definition["status"] == "ACTIVE" and definition["revision"] == 1)
    token = ("--client-token", "token-1", "--started-by", "cli/0", "--task-definition", "from-cli")
    made = client.ask(*launch(*token))
    expect("a task is accepted", made["failures"] == [] and made["tasks"][0]["lastStatus"] == "PROVISIONING")
    arn = made["tasks"][0]["taskArn"]
    again = client.ask(*launch(*token))
    expect("the same token makes no second one", again["tasks"][0]["taskArn"] == arn)
    other = client.run(*launch(*token, "--group", "other"))
    expect("and is a conflict for another", "ConflictException" in other.stderr)
    client.ask("ecs", "wait", "tasks-running", "--cluster", CLUSTER, "--tasks", arn)
    running = task(arn)
    expect("its own waiter sees it running", running["lastStatus"] == "RUNNING")
    details = {one["name"]: one["value"] for one in running["attachments"][0]["details"]}
    expect("it has an address", details["privateIPv4Address"].startswith("10.0."))
    expect("its init container has ended", [one.get("exitCode") for one in running["containers"]] == [0, None])
    expect("it is listed once", listed("RUNNING") == [arn])
    stream = "pods/main/" + arn.split("/")[-1]
    logs = client.ask("logs", "get-log-events", "--log-group-name", LOG_GROUP, "--log-stream-name", stream, "--start-from-head")
    expect("its log is there", [one["message"] for one in logs["events"]] == ["from the command line"])
    found = client.ask("logs", "filter-log-events", "--log-group-name", LOG_GROUP)
    expect("and that of both containers", len(found["events"]) == 2)

    client.ask("ecs", "stop-task", "--cluster", CLUSTER, "--task", arn, "--reason", "enough")
    client.ask("ecs", "wait", "tasks-stopped", "--cluster", CLUSTER, "--tasks", arn)
    stopped = task(arn)
    expect("it is stopped by its user", stopped["stopCode"] == "UserInitiated" and stopped["stoppedReason"] == "enough")
    expect("its containers were killed", stopped["containers"][1]["exitCode"] == 137)
    expect("it is listed as stopped", listed("STOPPED") == [arn] and listed("RUNNING") == [])

    register(client, "fails", container("main", "exit 3"))
    fails = client.ask(*launch("--task-definition", "fails"))["tasks"][0]["taskArn"]
    wait("another ends by itself", lambda: task(fails)["lastStatus"] == "STOPPED")
    expect("with its own exit code", task(fails)["containers"][0]["exitCode"] == 3)
    expect("and says why", task(fails)["stopCode"] == "EssentialContainerExited")

    refused = client.run(*launch("--task-definition", "none"))
    expect("an unknown definition is refused", "ClientException" in refused.stderr)
    secret = client.ask("secretsmanager", "create-secret", "--name", "vk/cli", "--secret-string", "hidden")
    value = client.ask("secretsmanager", "get-secret-value", "--secret-id", secret["ARN"])
    expect("a secret is kept", value["SecretString"] == "hidden")
    client.ask("secretsmanager", "delete-secret", "--secret-id", "vk/cli", "--force-delete-without-recovery")
    queue = client.ask("sqs", "get-queue-url", "--queue-name", "events")["QueueUrl"]
    messages = client.ask("sqs", "receive-message", "--queue-url", queue, "--max-number-of-messages", "10")["Messages"]
    details = [json.loads(one["Body"])["detail"] for one in messages]
    expect("events tell of it", {one["taskArn"] for one in details} <= {arn, fails} and len(details) == 10)
    quota = client.ask("service-quotas", "get-service-quota", "--service-code", "fargate", "--quota-code", "L-3032A538")
    expect("the quota is told", quota["Quota"]["Value"] == 4000)
    client.ask("ecs", "deregister-task-definition", "--task-definition", "fails:1")
    gone = client.ask("ecs", "delete-task-definitions", "--task-definitions", "fails:1")
    expect("a definition is deleted", gone["failures"] == [])
    clusters = client.ask("ecs", "describe-clusters", "--clusters", CLUSTER)["clusters"]
    expect("the cluster is empty", clusters[0]["runningTasksCount"] + clusters[0]["pendingTasksCount"] == 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
