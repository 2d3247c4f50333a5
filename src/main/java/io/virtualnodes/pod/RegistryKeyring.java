package io.virtualnodes.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Secret;
import io.virtualnodes.backend.RegistryLogin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The logins that a pod's pull secrets hold, matched with images as a kubelet does: by the parts of
 * the host, which may have wildcards, by the port, and by the beginning of the path; the most
 * specific ones come first.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/containers/images/#config-json">Kubernetes'
 *     interpretation of config.json</a>
 */
record RegistryKeyring(List<Entry> entries) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  // Each type of secret, and the key under which it has its logins.
  private static final String JSON_TYPE = "kubernetes.io/dockerconfigjson";
  private static final String JSON_KEY = ".dockerconfigjson";
  private static final String OLD_TYPE = "kubernetes.io/dockercfg";
  private static final String OLD_KEY = ".dockercfg";

  private static final String DOCKER_HUB = "docker.io";
  // By what its logins go, besides its name.
  private static final String DOCKER_HUB_INDEX = "index.docker.io";
  private static final Pattern NEVER = Pattern.compile("(?!)");
  private static final Pattern SCHEME = Pattern.compile("^https?://");
  private static final Pattern API_VERSION = Pattern.compile("^/v[12](?=/)");

  /**
   * One login.
   *
   * @param place for which it is: host, port and the beginning of a path
   */
  record Entry(String place, String username, String password) {
    /** Without what must not be told. */
    @Override
    public String toString() {
      return "Entry[" + place + "]";
    }
  }

  RegistryKeyring {
    // The kubelet's order: of two places the longer one comes first where one begins the other.
    entries = entries.stream().sorted(Comparator.comparing(Entry::place).reversed()).toList();
  }

  /**
   * All logins of these secrets; a secret of another type has none.
   *
   * @throws IllegalArgumentException if one cannot be understood; the message names it and holds
   *     nothing of its content
   */
  static RegistryKeyring of(List<Secret> secrets) {
    var entries = new ArrayList<Entry>();
    for (var secret : secrets) {
      logins(secret)
          .ifPresent(
              logins ->
                  logins
                      .properties()
                      .forEach(
                          login -> entries.add(entry(secret, login.getKey(), login.getValue()))));
    }
    return new RegistryKeyring(entries);
  }

  /** Those that are for an image, in the order in which they are to be tried. */
  List<RegistryLogin> logins(String image) {
    var name = wholeName(image);
    var host = host(name);
    var matching = entries.stream().filter(entry -> matches(entry.place(), name)).toList();
    if (matching.isEmpty() && host.equals(DOCKER_HUB)) {
      matching = entries.stream().filter(entry -> entry.place().equals(DOCKER_HUB_INDEX)).toList();
    }
    return matching.stream()
        .map(entry -> new RegistryLogin(host, entry.username(), entry.password()))
        .toList();
  }

  private static Optional<JsonNode> logins(Secret secret) {
    var data = Optional.ofNullable(secret.getData()).orElse(Map.of());
    var text =
        switch (secret.getType()) {
          case JSON_TYPE -> data.get(JSON_KEY);
          case OLD_TYPE -> data.get(OLD_KEY);
          case null, default -> null;
        };
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    var content = json(secret, text);
    return Optional.of(JSON_TYPE.equals(secret.getType()) ? content.path("auths") : content);
  }

  private static JsonNode json(Secret secret, String base64) {
    try {
      return MAPPER.readTree(new String(decoded(base64), StandardCharsets.UTF_8));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      // Not the cause: it quotes what it could not read.
      throw unreadable(secret, "is no JSON");
    }
  }

  private static Entry entry(Secret secret, String place, JsonNode login) {
    var auth = login.path("auth").asText();
    if (auth.isEmpty()) {
      return new Entry(
          place(place), login.path("username").asText(), login.path("password").asText());
    }
    String[] parts;
    try {
      parts = new String(decoded(auth), StandardCharsets.UTF_8).split(":", 2);
    } catch (IllegalArgumentException e) {
      throw unreadable(secret, "has an auth that is no base64");
    }
    if (parts.length < 2) {
      throw unreadable(secret, "has an auth that is not base64 of username:password");
    }
    // Some tools fill the password up.
    return new Entry(place(place), parts[0], parts[1].replaceAll("\u0000+$", ""));
  }

  /** With padding or without. */
  private static byte[] decoded(String base64) {
    return Base64.getDecoder().decode(base64.strip());
  }

  /** Without scheme and the API's version, which Docker's own logins have. */
  private static String place(String written) {
    var bare = SCHEME.matcher(written).replaceFirst("");
    int slash = bare.indexOf('/');
    if (slash < 0) {
      return bare;
    }
    var path = API_VERSION.matcher(bare.substring(slash)).replaceFirst("");
    return bare.substring(0, slash) + (path.equals("/") ? "" : path);
  }

  private static IllegalArgumentException unreadable(Secret secret, String why) {
    return new IllegalArgumentException(
        "pull secret \"" + secret.getMetadata().getName() + "\" " + why);
  }

  /** What an image's name means, without tag and digest. */
  private static String wholeName(String image) {
    var name = image.split("@", 2)[0];
    int tag = name.indexOf(':', name.lastIndexOf('/') + 1);
    name = tag < 0 ? name : name.substring(0, tag);
    int slash = name.indexOf('/');
    var first = slash < 0 ? "" : name.substring(0, slash);
    boolean hasHost =
        first.contains(".")
            || first.contains(":")
            || first.equals("localhost")
            || !first.equals(first.toLowerCase(Locale.ROOT));
    var host = hasHost ? first : DOCKER_HUB;
    var path = hasHost ? name.substring(slash + 1) : name;
    if (host.equals(DOCKER_HUB_INDEX)) {
      host = DOCKER_HUB;
    }
    return host.equals(DOCKER_HUB) && !path.contains("/")
        ? DOCKER_HUB + "/library/" + path
        : host + "/" + path;
  }

  private static String host(String name) {
    return name.split("/", 2)[0];
  }

  private static boolean matches(String place, String name) {
    var wanted = place.split("/", 2);
    var given = name.split("/", 2);
    if (wanted.length == 2 && !given[1].startsWith(wanted[1])) {
      return false;
    }
    var wantedHost = wanted[0].split(":", 2);
    var givenHost = given[0].split(":", 2);
    if (wantedHost.length != givenHost.length
        || wantedHost.length == 2 && !wantedHost[1].equals(givenHost[1])) {
      return false;
    }
    var wantedParts = wantedHost[0].split("\\.", -1);
    var givenParts = givenHost[0].split("\\.", -1);
    if (wantedParts.length != givenParts.length) {
      return false;
    }
    for (int i = 0; i < wantedParts.length; i++) {
      if (!pattern(wantedParts[i]).matcher(givenParts[i]).matches()) {
        return false;
      }
    }
    return true;
  }

  /**
   * {@code *} is any number of characters, {@code ?} is one, and brackets hold those that one may
   * be.
   */
  private static Pattern pattern(String part) {
    var expression = new StringBuilder();
    for (int i = 0; i < part.length(); i++) {
      char character = part.charAt(i);
      int end = character == '[' ? part.indexOf(']', i + 1) : -1;
      if (end > 0) {
        // Letters, digits and what stands between them mean the same to both.
        expression.append(part, i, end + 1);
        i = end;
      } else {
        expression.append(
            switch (character) {
              case '*' -> ".*";
              case '?' -> ".";
              default -> Pattern.quote(String.valueOf(character));
            });
      }
    }
    try {
      return Pattern.compile(expression.toString());
    } catch (PatternSyntaxException e) {
      // As the kubelet, to whom it is for no registry.
      return NEVER;
    }
  }
}
