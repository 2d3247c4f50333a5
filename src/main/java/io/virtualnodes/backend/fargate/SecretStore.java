package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.Filter;
import software.amazon.awssdk.services.secretsmanager.model.FilterNameStringType;
import software.amazon.awssdk.services.secretsmanager.model.InvalidRequestException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceExistsException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;
import software.amazon.awssdk.services.secretsmanager.model.SecretListEntry;
import software.amazon.awssdk.services.secretsmanager.model.Tag;

/**
 * Secrets at AWS's Secrets Manager. One is never changed: another content is another secret, so
 * that a task definition that refers to it always means the same. May be used by many threads.
 */
final class SecretStore implements AutoCloseable {
  private final FargatePlace place;
  private final FargateNames names;
  private final FargateRates rates;
  private final InstantSource clock;
  private final SecretsManagerClient secrets;
  private final MadeOnce made = new MadeOnce();

  SecretStore(AwsLogin login, FargateNames names, FargateRates rates, InstantSource clock) {
    this.place = login.place();
    this.names = names;
    this.rates = rates;
    this.clock = clock;
    this.secrets = login.client(SecretsManagerClient.builder());
  }

  /**
   * ARNs of the secrets that say these, made where they are not there.
   *
   * @throws Unavailable if the turn of one has not come
   */
  List<String> ensure(List<String> texts) {
    return texts.stream().map(this::ensure).toList();
  }

  private String ensure(String text) {
    var name = names.secret(text);
    return made.get(
        name,
        () -> {
          FargateRates.waitForTurn(rates.secrets(), "secrets", name, clock.instant());
          return AwsLogin.ask(rates.secrets(), clock, () -> make(name, text));
        });
  }

  private String make(String name, String text) {
    try {
      return secrets
          .createSecret(
              secret ->
                  secret
                      .name(name)
                      .description("Made by the Virtual Nodes Operator, which removes it")
                      .secretString(text)
                      .tags(Tag.builder().key("virtualnodes-pool").value(place.pool()).build()))
          .arn();
    } catch (ResourceExistsException e) {
      var found = secrets.describeSecret(asked -> asked.secretId(name));
      if (found.deletedDate() != null) {
        throw new Unavailable("a secret of the same content is still being deleted", e);
      }
      return found.arn();
    } catch (InvalidRequestException e) {
      if (FargateFailures.says(e, "scheduled for deletion")) {
        throw new Unavailable("a secret of the same content is still being deleted", e);
      }
      throw e;
    }
  }

  /**
   * Removes all secrets of the pool but those that are in use.
   *
   * @param used their ARNs
   * @param age of what is removed at least
   * @param removed is told the ARN of each
   * @throws Unavailable if the turn of one has not come; others may be gone by then
   */
  void removeAllBut(Set<String> used, Duration age, Consumer<String> removed) {
    var before = clock.instant().minus(age);
    var unused =
        AwsLogin.ask(this::all).stream()
            .filter(secret -> !used.contains(secret.arn()))
            .filter(secret -> !madeAt(secret).isAfter(before))
            .toList();
    for (var secret : unused) {
      remove(secret);
      removed.accept(secret.arn());
    }
  }

  /** The filter takes words apart, and finds others' names too. */
  private List<SecretListEntry> all() {
    var named = Filter.builder().key(FilterNameStringType.NAME).values(names.secrets()).build();
    return secrets.listSecretsPaginator(asked -> asked.filters(named)).stream()
        .flatMap(page -> page.secretList().stream())
        .filter(secret -> secret.name().startsWith(names.secrets()))
        .toList();
  }

  private static Instant madeAt(SecretListEntry secret) {
    return secret.createdDate() == null ? Instant.EPOCH : secret.createdDate();
  }

  private void remove(SecretListEntry secret) {
    // First: whoever needs it from now on makes another.
    made.forget(secret.arn());
    FargateRates.waitForTurn(rates.secrets(), "removals of secrets", secret.arn(), clock.instant());
    AwsLogin.ask(
        rates.secrets(),
        clock,
        () -> {
          try {
            return secrets.deleteSecret(
                // With a window its name would stay taken for a week, and what it says be kept.
                asked -> asked.secretId(secret.arn()).forceDeleteWithoutRecovery(true));
          } catch (ResourceNotFoundException e) {
            return null;
          }
        });
  }

  @Override
  public void close() {
    secrets.close();
  }
}
