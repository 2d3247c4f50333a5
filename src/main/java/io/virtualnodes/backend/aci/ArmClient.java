package io.virtualnodes.backend.aci;

import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.BearerTokenAuthenticationPolicy;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RequestIdPolicy;
import com.azure.core.http.policy.UserAgentPolicy;
import com.azure.core.management.AzureEnvironment;
import com.azure.core.management.profile.AzureProfile;
import com.azure.core.util.Context;
import com.azure.resourcemanager.containerinstance.ContainerInstanceManager;
import com.azure.resourcemanager.containerinstance.fluent.ContainerInstanceManagementClient;
import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import com.azure.resourcemanager.containerinstance.fluent.models.UsageInner;
import com.azure.resourcemanager.containerinstance.models.ContainerExecRequest;
import com.azure.resourcemanager.containerinstance.models.ContainerExecRequestTerminalSize;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Conversation.Size;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The few requests to Azure's Resource Manager that are made, each sent once: who asks again is
 * decided where it is known what it costs. Failures are {@link BackendException}s.
 */
final class ArmClient {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final String APPLICATION = "virtual-nodes-operator";
  // Of the key by which the SDK finds the endpoint in an environment.
  private static final String RESOURCE_MANAGER =
      AzureEnvironment.Endpoint.RESOURCE_MANAGER.identifier();

  private final String resourceGroup;
  private final String location;
  private final boolean plain;
  private final ContainerInstanceManagementClient azure;
  private volatile boolean closed;

  /** Over plain http no token goes, so the endpoint is asked as nobody. */
  ArmClient(AciPlace place, AciRates rates, InstantSource clock) {
    this.resourceGroup = place.resourceGroup();
    this.location = place.location();
    var policies = new ArrayList<HttpPipelinePolicy>();
    policies.add(new UserAgentPolicy(APPLICATION));
    policies.add(new RequestIdPolicy());
    policies.add(new RateReader(rates, clock));
    var endpoint = place.endpoint().toString().replaceFirst("/$", "");
    this.plain = "http".equals(place.endpoint().getScheme());
    if (!plain) {
      var environment = System.getenv();
      policies.add(
          new BearerTokenAuthenticationPolicy(
              AciLogin.of(environment).credential(environment), endpoint + "/.default"));
    }
    var pipeline =
        new HttpPipelineBuilder()
            .httpClient(
                new JdkHttpClientBuilder(
                        HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .executor(Executors.newVirtualThreadPerTaskExecutor()))
                    .connectionTimeout(CONNECT)
                    .responseTimeout(ANSWER)
                    .readTimeout(ANSWER)
                    .build())
            .policies(policies.toArray(HttpPipelinePolicy[]::new))
            .build();
    var endpoints = new HashMap<>(AzureEnvironment.AZURE.getEndpoints());
    endpoints.put(RESOURCE_MANAGER, endpoint + "/");
    // The tenant is the credential's affair.
    var profile = new AzureProfile(null, place.subscriptionId(), new AzureEnvironment(endpoints));
    this.azure = ContainerInstanceManager.authenticate(pipeline, profile).serviceClient();
  }

  /** A group with how its containers are. */
  Optional<ContainerGroupInner> find(String name) {
    return presentIn(
        () ->
            azure
                .getContainerGroups()
                .getByResourceGroupWithResponse(resourceGroup, name, Context.NONE)
                .getValue());
  }

  /** Every group of the resource group, without how its containers are. */
  List<ContainerGroupInner> list() {
    return ask(
        () -> azure.getContainerGroups().listByResourceGroup(resourceGroup).stream().toList());
  }

  /** Returns once it is accepted; nobody waits for what comes of it. */
  void put(String name, ContainerGroupInner group) {
    ask(() -> azure.getContainerGroups().beginCreateOrUpdate(resourceGroup, name, group));
  }

  /** One that is not there is success. */
  void stop(String name) {
    presentIn(
        () ->
            azure
                .getContainerGroups()
                .stopWithResponse(resourceGroup, name, Context.NONE)
                .getStatusCode());
  }

  /** Returns once it is accepted; one that is not there is success. */
  void delete(String name) {
    presentIn(() -> azure.getContainerGroups().beginDelete(resourceGroup, name));
  }

  /**
   * @param tail how many lines from the end; null is all that Azure kept
   * @return empty if there is no such container, or it has not run
   */
  Optional<String> logs(String name, String container, Integer tail, boolean timestamps) {
    return presentIn(
        () -> {
          try {
            var logs =
                azure
                    .getContainers()
                    .listLogsWithResponse(
                        resourceGroup, name, container, tail, timestamps, Context.NONE)
                    .getValue();
            return logs.content() == null ? "" : logs.content();
          } catch (HttpResponseException e) {
            if (AciFailures.isNotRunYet(e)) {
              return null;
            }
            throw e;
          }
        });
  }

  /**
   * Gets a program ready in a container that runs; it starts when somebody comes.
   *
   * @param program without arguments: Azure takes a blank for a part of its name
   */
  Invitation exec(String name, String container, String program, Size size) {
    return ask(
        () -> {
          var asked =
              new ContainerExecRequest()
                  .withCommand(program)
                  .withTerminalSize(
                      new ContainerExecRequestTerminalSize()
                          .withRows(size.rows())
                          .withCols(size.columns()));
          var answer =
              azure
                  .getContainers()
                  .executeCommandWithResponse(resourceGroup, name, container, asked, Context.NONE)
                  .getValue();
          return Invitation.of(answer.webSocketUri(), answer.password(), plain);
        });
  }

  /** Gets ready to show what the first process of a container that runs writes. */
  Invitation attach(String name, String container) {
    return ask(
        () -> {
          var answer =
              azure
                  .getContainers()
                  .attachWithResponse(resourceGroup, name, container, Context.NONE)
                  .getValue();
          return Invitation.of(answer.webSocketUri(), answer.password(), plain);
        });
  }

  /** What of the subscription's quota in the region is used. */
  List<UsageInner> usages() {
    return ask(() -> azure.getLocations().listUsage(location).stream().toList());
  }

  /** From now on nothing is asked any more. */
  void close() {
    closed = true;
  }

  private <T> Optional<T> presentIn(Supplier<T> request) {
    return ask(
        () -> {
          try {
            return Optional.ofNullable(request.get());
          } catch (HttpResponseException e) {
            if (AciFailures.isAbsence(e)) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  private <T> T ask(Supplier<T> request) {
    if (closed) {
      throw new BackendException.Unavailable("the backend was closed", null);
    }
    try {
      return request.get();
    } catch (RuntimeException e) {
      throw AciFailures.of(e);
    }
  }
}
