package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** AWS Fargate, by tasks of an ECS cluster. */
@ValidationRule(
    value =
        "self.region == oldSelf.region && self.cluster == oldSelf.cluster &&"
            + " has(self.endpoint) == has(oldSelf.endpoint) && (!has(self.endpoint) ||"
            + " self.endpoint == oldSelf.endpoint)",
    message =
        "spec.backends[].fargate cannot move to another region, cluster or endpoint: the tasks at"
            + " the old place would be lost; make another pool and delete this one")
@ValidationRule(
    value = "(self.capacityType == 'Mixed') == has(self.spotShare)",
    message =
        "spec.backends[].fargate.spotShare must be set where capacityType is Mixed, and nowhere"
            + " else")
public record FargateSettings(
    @Required
        @Size(max = 32)
        @ValidationRule(
            value = "self.matches(r'^[a-z]{2}(-[a-z]+)+-[0-9]$')",
            message =
                "spec.backends[].fargate.region must be the code of a region, such as us-east-1")
        @JsonPropertyDescription("The region in which containers run, such as `us-east-1`.")
        String region,
    @Required
        @Size(max = 255)
        @ValidationRule(
            value = "self.matches(r'^[A-Za-z0-9_-]+$')",
            message =
                "spec.backends[].fargate.cluster must be the name of an ECS cluster: letters,"
                    + " digits, dashes and underscores")
        @JsonPropertyDescription(
            "The ECS cluster in which tasks are run. It must be there. One that this pool has to"
                + " itself costs the fewest requests.")
        String cluster,
    @Required
        @Size(min = 1, max = 16)
        @ValidationRule(
            value = "self.all(subnet, subnet.matches(r'^subnet-[0-9a-f]{8,17}$'))",
            message =
                "spec.backends[].fargate.subnets must be ids of subnets, such as"
                    + " subnet-0a1b2c3d4e5f67890")
        @JsonPropertyDescription(
            "Subnets of one VPC that pods join, one for each zone. Without room in one, the next"
                + " is tried.")
        List<@Size(max = 64) String> subnets,
    @Size(max = 5)
        @ValidationRule(
            value = "self.all(group, group.matches(r'^sg-[0-9a-f]{8,17}$'))",
            message =
                "spec.backends[].fargate.securityGroups must be ids of security groups, such as"
                    + " sg-0a1b2c3d4e5f67890")
        @JsonPropertyDescription(
            "Security groups of every pod. Left out: the default one's of the VPC.")
        List<@Size(max = 64) String> securityGroups,
    @Default("Disabled")
        @JsonPropertyDescription(
            "Whether each pod gets a public address, without which images come through a NAT"
                + " gateway or an endpoint of the VPC.")
        PublicAddress publicAddress,
    @Default("OnDemand")
        @JsonPropertyDescription(
            "`Spot` is cheaper, and AWS may end it with two minutes' notice. `SpotThenOnDemand`"
                + " takes on-demand capacity where there is no Spot. `Mixed` has `spotShare` of the"
                + " pods at Spot and the others on demand, each at the other kind where its own has"
                + " no room.")
        CapacityType capacityType,
    @Size(max = 3)
        @ValidationRule(
            value = "self.matches(r'^[1-9][0-9]?%$')",
            message =
                "spec.backends[].fargate.spotShare must be a share of the pods from 1% to 99%, such"
                    + " as 70%")
        @JsonPropertyDescription(
            "How many of the pods are tried at Spot first, where `capacityType` is `Mixed`. It"
                + " holds for many pods, not for each few.")
        String spotShare,
    @Required
        @Size(max = 2048)
        @ValidationRule(
            value = "self" + Rules.ROLE_ARN,
            message =
                "spec.backends[].fargate.executionRole must be the ARN of a role, such as"
                    + " arn:aws:iam::123456789012:role/virtual-nodes-execution")
        @JsonPropertyDescription(
            "The role by which Fargate fetches images and Secrets and writes logs. Containers do"
                + " not have it.")
        String executionRole,
    @Size(max = 100)
        @JsonPropertyDescription(
            "Roles that pods have at AWS, by their namespace and service account. Other pods have"
                + " none, and no pod can name one.")
        List<TaskRole> taskRoles,
    @Required
        @Size(max = 512)
        @ValidationRule(
            value = "self.matches(r'^[A-Za-z0-9_/.#-]+$')",
            message =
                "spec.backends[].fargate.logGroup must be the name of a log group, such as"
                    + " /virtual-nodes/burst")
        @JsonPropertyDescription(
            "The log group of CloudWatch in which containers log. It must be there; how long logs"
                + " are kept is its own affair. After a change earlier logs are not found.")
        String logGroup,
    @Default("public.ecr.aws/docker/library/busybox:1.37.0")
        @Size(max = 255)
        @ValidationRule(
            value = "self.matches(r'^[A-Za-z0-9][A-Za-z0-9_./:@-]*$')",
            message =
                "spec.backends[].fargate.helperImage must be the name of an image, such as"
                    + " public.ecr.aws/docker/library/busybox:1.37.0")
        @JsonPropertyDescription(
            "The image of the containers that fill volumes and that hold a pod with several"
                + " containers together. It needs a shell, `base64`, `tar` and `gzip`.")
        String helperImage,
    @JsonPropertyDescription(
            "What a container gets that names neither a request nor a limit. Kubernetes counts such"
                + " a container as nothing, AWS has it paid for.")
        ContainerSize unnamed,
    @Size(max = 20)
        @JsonPropertyDescription(
            "File systems of EFS that every container of this pool sees. A pod has others by claims"
                + " of its own.")
        List<SharedFileSystem> sharedFileSystems,
    @Size(max = 20)
        @ValidationRule(
            value =
                "self.all(name, name.matches(r'^[A-Za-z0-9 _.:/=+@-]{1,128}$') &&"
                    + " !name.matches(r'^(?i)(aws:|virtualnodes)'))",
            message =
                "spec.backends[].fargate.tags must have names of up to 128 letters, digits, spaces"
                    + " and _ . : / = + - @ that do not begin with aws: or virtualnodes")
        @JsonPropertyDescription("Further tags of every task, such as a cost centre.")
        Map<String, @Size(max = 256) String> tags,
    @Size(max = 256)
        @ValidationRule(
            value =
                "self.matches(r'^(https://[A-Za-z0-9.-]+|http://(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?)/[0-9]{12}/[A-Za-z0-9_-]{1,80}$')",
            message =
                "spec.backends[].fargate.eventQueue must be the address of a queue, such as"
                    + " https://sqs.us-east-1.amazonaws.com/123456789012/virtual-nodes")
        @JsonPropertyDescription(
            "The address of an SQS queue to which EventBridge sends the changes of the cluster's"
                + " tasks. It is this pool's alone. Left out: changes are seen with the next list.")
        String eventQueue,
    @Size(max = 256)
        @ValidationRule(
            value =
                Rules.HTTPS_SERVER
                    + " || self.matches(r'^http://(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?$')",
            message =
                "spec.backends[].fargate.endpoint must be https://host, or an emulator of this"
                    + " machine at http://127.0.0.1:port")
        @JsonPropertyDescription(
            "One address for all of AWS's services, such as an emulator's. Left out: those of the"
                + " region. Over http no credentials are sent.")
        String endpoint) {

  /** Whether a pod can be reached from the internet, and reaches it by itself. */
  public enum PublicAddress {
    Disabled,
    Enabled
  }

  /** What AWS may do with a task when it needs the room. */
  public enum CapacityType {
    OnDemand,
    Spot,
    SpotThenOnDemand,
    Mixed
  }

  /** The role that pods of a namespace have, or those of one of its service accounts. */
  public record TaskRole(
      @Required
          @Size(max = 63)
          @ValidationRule(
              value = "self" + Rules.DNS_LABEL,
              message =
                  "spec.backends[].fargate.taskRoles[].namespace must be the name of a namespace")
          @JsonPropertyDescription("The namespace whose pods have the role.")
          String namespace,
      @Default("'*'")
          @Size(max = 253)
          @ValidationRule(
              value = "self == '*' || self" + Rules.DNS_NAME,
              message =
                  "spec.backends[].fargate.taskRoles[].serviceAccount must be the name of a service"
                      + " account, or * for those that no other entry names")
          @JsonPropertyDescription(
              "The service account whose pods have the role; `*` stands for those of the namespace"
                  + " that no other entry names.")
          String serviceAccount,
      @Required
          @Size(max = 2048)
          @ValidationRule(
              value = "self" + Rules.ROLE_ARN,
              message =
                  "spec.backends[].fargate.taskRoles[].role must be the ARN of a role, such as"
                      + " arn:aws:iam::123456789012:role/team-a")
          @JsonPropertyDescription(
              "The role. It must trust `ecs-tasks.amazonaws.com`, and the operator must be allowed"
                  + " to pass it.")
          String role) {}

  /** A file system of EFS in every container. */
  public record SharedFileSystem(
      @Required
          @Size(max = 64)
          @ValidationRule(
              value = "self.matches(r'^fs-[0-9a-f]{8,40}$')",
              message =
                  "spec.backends[].fargate.sharedFileSystems[].fileSystem must be the id of a file"
                      + " system, such as fs-0a1b2c3d4e5f67890")
          @JsonPropertyDescription("The file system, which has a mount target in each zone.")
          String fileSystem,
      @Size(max = 64)
          @ValidationRule(
              value = "self.matches(r'^fsap-[0-9a-f]{8,40}$')",
              message =
                  "spec.backends[].fargate.sharedFileSystems[].accessPoint must be the id of an"
                      + " access point, such as fsap-0a1b2c3d4e5f67890")
          @JsonPropertyDescription(
              "The access point by which it is used. Left out: all of the file system is seen.")
          String accessPoint,
      @Required
          @Size(max = 1024)
          @ValidationRule(
              value = "self.matches(r'^(/[^/:]+)+$') && !self" + Rules.LEADS_ELSEWHERE,
              message =
                  "spec.backends[].fargate.sharedFileSystems[].mountPath must be absolute, not"
                      + " `/`, without `.` or `..`, without a colon and without a slash at its"
                      + " end, such as /data")
          @ValidationRule(
              value = "!self" + Rules.IN_EVERY_CONTAINER,
              message =
                  "spec.backends[].fargate.sharedFileSystems[].mountPath must not hide what every"
                      + " container has in /dev, /proc, /sys, /etc or /var/run/secrets: use a"
                      + " folder of its own, such as /data")
          @JsonPropertyDescription(
              "Where containers see it, absolute. Not what every container has: `/dev`, `/proc`,"
                  + " `/sys` or below; `/etc` itself, its `hosts`, `hostname` or `resolv.conf`;"
                  + " `/var`, `/run`, `/var/run`, `/run/secrets` or below the latter.")
          String mountPath,
      @Default("ReadOnly")
          @JsonPropertyDescription("Whether containers may write to it: `ReadOnly` or `ReadWrite`.")
          DockerSettings.Access access) {}
}
