"""Azure's own Python client against the emulated Resource Manager: a client that nobody here wrote.

aci_client.py ADDRESS  creates, reads, lists, tags, stops and deletes a group, reads its log and the usages
"""

import sys
import time

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from azure.mgmt.containerinstance.models import (
    Container,
    ContainerGroup,
    EnvironmentVariable,
    ResourceRequests,
    ResourceRequirements,
)

from expectations import expect, wait

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
RESOURCES = "groups"
NAME = "from-python"


class Nobody:
    """The emulator asks nobody who they are."""

    def get_token(self, *scopes, **options):
        return AccessToken("none", int(time.time()) + 3600)


def group(cores=1.0):
    return ContainerGroup(
        location="eastus",
        os_type="Linux",
        restart_policy="Never",
        tags={"made-by": "python"},
        containers=[
            Container(
                name="main",
                image="virtualnodes/busybox:latest",
                command=["sh", "-c", "echo from python; exit 3"],
                environment_variables=[
                    EnvironmentVariable(name="EMPTY", value=""),
                    EnvironmentVariable(name="TOKEN", secure_value="secret"),
                ],
                resources=ResourceRequirements(requests=ResourceRequests(cpu=cores, memory_in_gb=1.5)),
            )
        ],
    )


def main(address):
    client = ContainerInstanceManagementClient(
        credential=Nobody(),
        subscription_id=SUBSCRIPTION,
        base_url=address,
        polling_interval=1,
        # A token goes over TLS only, and this emulator wants none.
        authentication_policy=SansIOHTTPPolicy(),
    )
    groups = client.container_groups

    made = groups.begin_create_or_update(RESOURCES, NAME, group()).result()
    expect("a group is created, and the poller ends", made.provisioning_state == "Succeeded")
    wait(
        "it ends with its own exit code",
        lambda: groups.get(RESOURCES, NAME).containers[0].instance_view.current_state.exit_code == 3,
    )
    read = groups.get(RESOURCES, NAME)
    expect("its state is Failed", read.instance_view.state == "Failed")
    variables = {one.name: one for one in read.containers[0].environment_variables}
    expect("an empty value is kept", variables["EMPTY"].value == "")
    expect("a secure value is not shown", variables["TOKEN"].secure_value is None)
    listed = list(groups.list_by_resource_group(RESOURCES))
    expect("it is listed once", [one.name for one in listed] == [NAME])
    expect("a list does not say how it is", listed[0].instance_view is None)
    logs = client.containers.list_logs(RESOURCES, NAME, "main", tail=10)
    expect("its log is there", logs.content == "from python\n")
    usages = {one.name.value: one for one in client.location.list_usage("eastus")}
    expect("it counts", usages["ContainerGroups"].current_value == 1)
    expect("the quota is the usual one", usages["StandardCores"].limit == 100)
    tagged = groups.update(RESOURCES, NAME, {"tags": {"made-by": "hand"}})
    expect("it can be tagged", tagged.tags == {"made-by": "hand"})

    try:
        groups.begin_create_or_update(RESOURCES, "too-large", group(cores=64)).result()
        expect("a group beyond all sizes is refused", False)
    except HttpResponseError as error:
        expect("a group beyond all sizes is refused", error.status_code == 400 and error.error.code != "")

    groups.stop(RESOURCES, NAME)
    groups.begin_delete(RESOURCES, NAME).result()

    def gone():
        try:
            groups.get(RESOURCES, NAME)
            return False
        except ResourceNotFoundError:
            return True

    wait("it is deleted", gone)
    expect("and not listed", not list(groups.list_by_resource_group(RESOURCES)))


if __name__ == "__main__":
    main(sys.argv[1])
