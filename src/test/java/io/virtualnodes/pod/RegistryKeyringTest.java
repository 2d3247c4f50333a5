package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.virtualnodes.backend.RegistryLogin;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryKeyringTest {

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Secret secret(String type, String key, String content) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName("registry")
        .endMetadata()
        .withType(type)
        .addToData(key, base64(content))
        .build();
  }

  private static Secret json(String auths) {
    return secret(
        "kubernetes.io/dockerconfigjson", ".dockerconfigjson", "{\"auths\": {" + auths + "}}");
  }

  /** A login whose user's name is where it is for. */
  private static String login(String place) {
    return "\"%s\": {\"username\": \"%s\", \"password\": \"geheim\"}".formatted(place, place);
  }

  private static List<String> users(String image, Secret... secrets) {
    return RegistryKeyring.of(List.of(secrets)).logins(image).stream()
        .map(RegistryLogin::username)
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "registry.example.com, registry.example.com/app:1, true",
    "registry.example.com, registry.example.com/team/app@sha256:abc, true",
    "registry.example.com, registry.example.com:5000/app, false",
    "registry.example.com:5000, registry.example.com:5000/app:1, true",
    "registry.example.com:5000, registry.example.com/app, false",
    "registry.example.com:5000, registry.example.com:5001/app, false",
    "https://registry.example.com, registry.example.com/app, true",
    "http://registry.example.com/v1/, registry.example.com/app, true",
    "https://registry.example.com/v2/, registry.example.com/app, true",
    "https://registry.example.com/v2/team, registry.example.com/team/app, true",
    "https://registry.example.com/v2/team, registry.example.com/other/app, false",
    "registry.example.com/, registry.example.com/app, true",
    "registry.example.com/team, registry.example.com/team/app, true",
    "registry.example.com/team, registry.example.com/app, false",
    "*.example.com, registry.example.com/app, true",
    "*.example.com, example.com/app, false",
    "*.example.com, a.registry.example.com/app, false",
    "*.*.example.com, a.registry.example.com/app, true",
    "reg*.example.com/team, registry.example.com/team/app, true",
    "registr?.example.com, registry.example.com/app, true",
    "registr[xy].example.com, registry.example.com/app, true",
    "registr[ab].example.com, registry.example.com/app, false",
    "registr[z-a].example.com, registry.example.com/app, false",
    "localhost:5000, localhost:5000/app, true",
    "localhost, localhost/app, true",
    "docker.io, busybox, true",
    "docker.io, team/app:1, true",
    "docker.io/team, team/app:1, true",
    "docker.io/library, busybox, true",
    "docker.io/library, team/app, false",
    "https://index.docker.io/v1/, busybox:1, true",
    "https://index.docker.io/v1/, docker.io/team/app, true",
    "index.docker.io, index.docker.io/team/app, true",
    "https://index.docker.io/v1/, registry.example.com/app, false",
  })
  void aLoginIsForTheImagesOfItsPlace(String place, String image, boolean matches) {
    assertThat(users(image, json(login(place)))).isEqualTo(matches ? List.of(place) : List.of());
  }

  @Test
  void theMostSpecificIsTriedFirstAndEveryOtherAfterIt() {
    var one = json(login("registry.example.com") + "," + login("registry.example.com/team/app"));
    var other = json(login("registry.example.com/team") + "," + login("*.example.com"));

    assertThat(users("registry.example.com/team/app:1", one, other))
        .containsExactly(
            "registry.example.com/team/app",
            "registry.example.com/team",
            "registry.example.com",
            "*.example.com");
  }

  @Test
  void ofOnePlaceTheSecretsCountInThePodsOrder() {
    var first = json("\"example.com\": {\"username\": \"one\", \"password\": \"1\"}");
    var second = json("\"example.com\": {\"username\": \"two\", \"password\": \"2\"}");

    assertThat(users("example.com/app", first, second)).containsExactly("one", "two");
    assertThat(users("example.com/app", second, first)).containsExactly("two", "one");
  }

  @Test
  void bothFormatsAndBothSpellingsOfALoginAreUnderstood() {
    var old =
        secret(
            "kubernetes.io/dockercfg",
            ".dockercfg",
            "{\"example.com\": {\"auth\": \"%s\"}}".formatted(base64("old:with:colons")));
    var padded = base64("new:pass\u0000\u0000");

    assertThat(RegistryKeyring.of(List.of(old)).logins("example.com/app"))
        .containsExactly(new RegistryLogin("example.com", "old", "with:colons"));
    assertThat(
            RegistryKeyring.of(
                    List.of(
                        json(
                            "\"example.com\": {\"username\": \"ignored\", \"auth\": \"%s\"}"
                                .formatted(padded.replace("=", "")))))
                .logins("example.com/app"))
        .containsExactly(new RegistryLogin("example.com", "new", "pass"));
  }

  @Test
  void secretsOfOtherTypesHoldNoLogin() {
    assertThat(users("example.com/app", secret("Opaque", ".dockerconfigjson", "{}"))).isEmpty();
    assertThat(
            users(
                "example.com/app",
                new SecretBuilder()
                    .withNewMetadata()
                    .withName("empty")
                    .endMetadata()
                    .withType("kubernetes.io/dockerconfigjson")
                    .build()))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"auths\": {\"example.com\": {\"auth\": \"Z2VoZWlt\"}}}",
        "{\"auths\": {\"example.com\": {\"auth\": \"geheim!\"}}}",
        "{\"auths\": geheim}"
      })
  void whatCannotBeReadIsToldWithoutItsContent(String content) {
    var broken = secret("kubernetes.io/dockerconfigjson", ".dockerconfigjson", content);

    assertThatThrownBy(() -> RegistryKeyring.of(List.of(broken)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("pull secret \"registry\" ")
        .hasNoCause()
        .message()
        .doesNotContainIgnoringCase("geheim", "Z2VoZWlt");
  }

  @Test
  void noPasswordIsEverPrinted() {
    var keyring = RegistryKeyring.of(List.of(json(login("example.com"))));

    assertThat(List.of(keyring, keyring.logins("example.com/app")))
        .asString()
        .contains("example.com")
        .doesNotContain("geheim");
  }
}
