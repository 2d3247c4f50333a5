package io.virtualnodes.emulator.ecs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.secretsmanager.model.InvalidParameterException;
import software.amazon.awssdk.services.secretsmanager.model.InvalidRequestException;

/** Secrets that are changed, and what of their versions can be read again. */
class SecretVersionsTest {
  private static final String NAME = "vn/pool/0123";
  private static final String FIRST = "0123456789abcdef0123456789abcdef";
  private static final String CURRENT = "AWSCURRENT";

  private final Aws aws = new Aws(Limits.USUAL);

  @BeforeEach
  void create() {
    aws.secrets.createSecret(
        secret -> secret.name(NAME).clientRequestToken(FIRST).secretString("first"));
  }

  @AfterEach
  void close() {
    aws.close();
  }

  @Test
  void theLabelOfTheCurrentVersionIsMovedBack() {
    aws.emulator.changeSecrets("second", 1);
    var second = current();

    assertThatThrownBy(
            () ->
                aws.secrets.updateSecretVersionStage(
                    asked -> asked.secretId(NAME).versionStage(CURRENT).moveToVersionId(FIRST)))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("RemoveFromVersionId");
    aws.secrets.updateSecretVersionStage(
        asked ->
            asked
                .secretId(NAME)
                .versionStage(CURRENT)
                .moveToVersionId(FIRST)
                .removeFromVersionId(second));

    assertThat(current()).isEqualTo(FIRST);
    assertThat(aws.emulator.secretTexts()).containsExactly("first");
  }

  @Test
  void aVersionThatHasNoLabelAnyMoreIsNotShown() {
    aws.emulator.changeSecrets("second", 2);

    var shown = aws.secrets.describeSecret(asked -> asked.secretId(NAME)).versionIdsToStages();

    assertThat(shown).hasSize(2).doesNotContainKey(FIRST);
  }

  @Test
  void whatWasDeletedWithAWindowIsRestoredAndWithoutOneIsNot() {
    aws.emulator.deleteSecrets(false);
    aws.secrets.restoreSecret(asked -> asked.secretId(NAME));
    assertThat(aws.emulator.secretTexts()).containsExactly("first");

    aws.secrets.deleteSecret(asked -> asked.secretId(NAME).forceDeleteWithoutRecovery(true));

    assertThatThrownBy(() -> aws.secrets.restoreSecret(asked -> asked.secretId(NAME)))
        .isInstanceOf(InvalidRequestException.class);
  }

  private String current() {
    return aws
        .secrets
        .describeSecret(asked -> asked.secretId(NAME))
        .versionIdsToStages()
        .entrySet()
        .stream()
        .filter(version -> version.getValue().contains(CURRENT))
        .findFirst()
        .orElseThrow()
        .getKey();
  }
}
