package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.GroupBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.ServiceMetadata;

/**
 * AWS itself, asked as whoever the credentials name.
 *
 * @param endpoint one for all services; empty: those of the region
 * @param image that runs in the place of the tests' own; it must have {@code sh}
 */
record RealAws(Optional<URI> endpoint, AwsCredentialsProvider provider, String image)
    implements AwsRelay.Upstream {
  private static final String IMAGE = "public.ecr.aws/docker/library/busybox:1.37.0";
  private static final String MISSING =
      "public.ecr.aws/docker/library/busybox:there-is-no-such-version";
  // A task may wait for minutes for a host, and its image is fetched each time.
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /**
   * The account that the environment names: {@code AWS_REGION}, {@code AWS_ECS_CLUSTER}, {@code
   * AWS_SUBNETS}, {@code AWS_EXECUTION_ROLE} and {@code AWS_LOG_GROUP}, if wanted {@code
   * AWS_SECURITY_GROUPS}, {@code AWS_PUBLIC_ADDRESS} and {@code AWS_TEST_IMAGE}, and the
   * credentials as the operator finds them.
   */
  static AwsAccount.Settings of(Map<String, String> environment) {
    return new AwsAccount.Settings(
        new RealAws(
            Optional.empty(),
            DefaultCredentialsProvider.builder().build(),
            environment.getOrDefault("AWS_TEST_IMAGE", IMAGE)),
        named(environment, "AWS_REGION"),
        named(environment, "AWS_ECS_CLUSTER"),
        list(named(environment, "AWS_SUBNETS")),
        list(environment.getOrDefault("AWS_SECURITY_GROUPS", "")),
        publicAddress(environment.getOrDefault("AWS_PUBLIC_ADDRESS", "Disabled")),
        named(environment, "AWS_EXECUTION_ROLE"),
        named(environment, "AWS_LOG_GROUP"),
        Optional.empty(),
        MISSING,
        PATIENCE);
  }

  private static String named(Map<String, String> environment, String variable) {
    return Optional.ofNullable(environment.get(variable))
        .filter(value -> !value.isBlank())
        .orElseThrow(() -> new NoSuchElementException("set " + variable));
  }

  private static List<String> list(String value) {
    return Stream.of(value.split(",")).map(String::strip).filter(one -> !one.isEmpty()).toList();
  }

  private static boolean publicAddress(String value) {
    return switch (value) {
      case "Enabled" -> true;
      case "Disabled" -> false;
      default ->
          throw new IllegalArgumentException(
              "AWS_PUBLIC_ADDRESS must be Enabled or Disabled, not " + value);
    };
  }

  @Override
  public URI endpoint(String region, String service) {
    return endpoint.orElseGet(
        () ->
            URI.create(
                "https://" + ServiceMetadata.of(service).endpointFor(Region.of(region)) + "/"));
  }

  @Override
  public Optional<AwsCredentialsProvider> credentials() {
    return Optional.of(provider);
  }

  @Override
  public String asked(String operation, String body) {
    return body.replace(GroupBuilder.BUSYBOX, image);
  }

  @Override
  public String told(String operation, String body) {
    return body.replace(image, GroupBuilder.BUSYBOX);
  }
}
