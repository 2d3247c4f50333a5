package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.DescribeSecretResponse;
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
  // As Secrets Manager calls the version that is read where none is named.
  private static final String CURRENT = "AWSCURRENT";

  private static final Logger log = LoggerFactory.getLogger(SecretStore.class);

  private final FargatePlace place;
  private final FargateNames names;
  private final FargateRates rates;
  private final InstantSource clock;
  private final SecretsManagerClient secrets;
  private final MadeOnce made = new MadeOnce();
  // By name, what those say that are there or needed, so that one that is gone can be made again.
  private final Map<String, String> texts = new ConcurrentHashMap<>();

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
    texts.put(name, text);
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
                      .clientRequestToken(FargateNames.version(text))
                      .description("Made by the Virtual Nodes Operator, which removes it")
                      .secretString(text)
                      .tags(Tag.builder().key("virtualnodes-pool").value(place.pool()).build()))
          .arn();
    } catch (ResourceExistsException e) {
      return found(name);
    } catch (InvalidRequestException e) {
      if (FargateFailures.says(e, "scheduled for deletion")) {
        return found(name);
      }
      throw e;
    }
  }

  private String found(String name) {
    try {
      return putRight(name);
    } catch (ResourceNotFoundException e) {
      throw stillDeleted(e);
    }
  }

  private static Unavailable stillDeleted(RuntimeException cause) {
    return new Unavailable("a secret of the same content is still being deleted", cause);
  }

  /**
   * Puts right what somebody else did to secrets that a task could not be given: one that is to be
   * deleted or says something else is as it was again, and one that is gone is made anew, if this
   * process has made or found it before.
   *
   * @return by these ARNs, those under which the same is found now; the same one where nothing can
   *     be done, which AWS says when a task needs it
   * @throws Unavailable if the turn of one has not come
   */
  Map<String, String> putRight(List<String> arns) {
    var found = new LinkedHashMap<String, String>();
    arns.forEach(arn -> found.put(arn, putRightOrMake(arn)));
    return found;
  }

  private String putRightOrMake(String arn) {
    var name = FargateNames.secretName(arn);
    made.forgetNamed(name);
    try {
      return made.get(
          name,
          () -> {
            FargateRates.waitForTurn(rates.secrets(), "secrets", name, clock.instant());
            return AwsLogin.ask(rates.secrets(), clock, () -> putRight(name));
          });
    } catch (Rejected e) {
      if (!(e.getCause() instanceof ResourceNotFoundException)) {
        throw e;
      }
      return Optional.ofNullable(texts.get(name)).map(this::ensure).orElse(arn);
    }
  }

  /** One that is there. */
  private String putRight(String name) {
    var found = secrets.describeSecret(asked -> asked.secretId(name));
    if (found.deletedDate() != null) {
      restore(found.arn());
    }
    var version = name.substring(names.secrets().length());
    var current =
        found.versionIdsToStages().entrySet().stream()
            .filter(one -> one.getValue().contains(CURRENT))
            .map(Map.Entry::getKey)
            .findFirst();
    if (!current.equals(Optional.of(version))) {
      sayAgain(found, name, version, current);
    }
    return found.arn();
  }

  private void restore(String arn) {
    try {
      secrets.restoreSecret(asked -> asked.secretId(arn));
    } catch (InvalidRequestException | ResourceNotFoundException e) {
      throw stillDeleted(e);
    }
  }

  private void sayAgain(
      DescribeSecretResponse found, String name, String version, Optional<String> current) {
    var text = Optional.ofNullable(texts.get(name));
    log.atWarn().addKeyValue("secret", name).log("a secret is not as this operator makes it");
    if (found.versionIdsToStages().containsKey(version)) {
      secrets.updateSecretVersionStage(
          asked -> {
            asked.secretId(found.arn()).versionStage(CURRENT).moveToVersionId(version);
            current.ifPresent(asked::removeFromVersionId);
          });
    } else if (text.isPresent()) {
      secrets.putSecretValue(
          asked ->
              asked.secretId(found.arn()).clientRequestToken(version).secretString(text.get()));
    }
  }

  /**
   * Removes all secrets of the pool but those that are in use.
   *
   * @param used ARNs of these, or what they were before they were made again
   * @param age of what is removed at least
   * @param removed is told the ARN of each
   * @throws Unavailable if the turn of one has not come; others may be gone by then
   */
  void removeAllBut(Set<String> used, Duration age, Consumer<String> removed) {
    var before = clock.instant().minus(age);
    var needed = used.stream().map(FargateNames::secretName).collect(Collectors.toSet());
    var there = AwsLogin.ask(this::all);
    made.forgetAllBut(there.stream().map(SecretListEntry::arn).collect(Collectors.toSet()));
    texts.keySet().retainAll(union(needed, there));
    var unused =
        there.stream()
            .filter(secret -> !needed.contains(secret.name()))
            .filter(secret -> !madeAt(secret).isAfter(before))
            .toList();
    for (var secret : unused) {
      remove(secret);
      removed.accept(secret.arn());
    }
  }

  private static Set<String> union(Set<String> needed, List<SecretListEntry> there) {
    var names = new HashSet<>(needed);
    there.forEach(secret -> names.add(secret.name()));
    return names;
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
    texts.remove(secret.name());
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
