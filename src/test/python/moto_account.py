"""Prepares an account at moto's server, as whoever owns one would.

moto_account.py ADDRESS  makes a cluster, a log group and a queue; prints a subnet, a security group and the queue's address
"""

import json
import sys
import time
import urllib.error
import urllib.request

import boto3

CLUSTER = "virtual-nodes"
LOG_GROUP = "/virtual-nodes/pods"
QUEUE = "virtual-nodes"


def wait_for(address):
    for _ in range(120):
        try:
            urllib.request.urlopen(address + "/moto-api/data.json").close()
            return
        except urllib.error.URLError:
            time.sleep(0.25)
    sys.exit("moto does not answer at " + address)


def keep_running(address):
    """Left alone, moto ends a task a bit more each time that it is described."""
    never = {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 1_000_000}}
    urllib.request.urlopen(
        urllib.request.Request(
            address + "/moto-api/state-manager/set-transition",
            data=json.dumps(never).encode(),
            headers={"Content-Type": "application/json"},
        )
    ).close()


def main(address):
    wait_for(address)
    keep_running(address)
    session = boto3.Session(aws_access_key_id="nobody", aws_secret_access_key="nothing", region_name="us-east-1")

    def client(service):
        return session.client(service, endpoint_url=address)

    client("ecs").create_cluster(clusterName=CLUSTER)
    client("logs").create_log_group(logGroupName=LOG_GROUP)
    queue = client("sqs").create_queue(QueueName=QUEUE)["QueueUrl"]
    subnet = client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    group = client("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    print(subnet, group, queue)


if __name__ == "__main__":
    main(*sys.argv[1:])
