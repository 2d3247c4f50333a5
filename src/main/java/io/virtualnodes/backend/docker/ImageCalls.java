package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.ContainerConfig;
import io.virtualnodes.backend.RegistryLogin;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The calls of an engine that are about images. */
final class ImageCalls {
  private static final Duration PULL = Duration.ofMinutes(30);

  private final DockerEngine engine;
  private final DockerClient client;
  private final DockerClient streams;

  /**
   * @param streams for calls that last
   */
  ImageCalls(DockerEngine engine, DockerClient client, DockerClient streams) {
    this.engine = engine;
    this.client = client;
    this.streams = streams;
  }

  /** An image could not be had; the message is for people. */
  static final class ImageNotFetched extends Exception {
    private static final long serialVersionUID = 1L;

    ImageNotFetched(String message) {
      super(message);
    }
  }

  /** The digest by which a registry knows an image; the engine's own id of it if none does. */
  String digest(String imageId) {
    return engine
        .found(() -> client.inspectImageCmd(imageId).exec())
        .map(InspectImageResponse::getRepoDigests)
        .filter(digests -> !digests.isEmpty())
        .map(List::getFirst)
        .orElse(imageId);
  }

  /** The user that an image names, empty if it names none; nothing if there is no such image. */
  Optional<String> user(String image) {
    return engine
        .found(() -> client.inspectImageCmd(image).exec())
        .map(
            inspected ->
                Optional.ofNullable(inspected.getConfig())
                    .map(ContainerConfig::getUser)
                    .orElse(""));
  }

  boolean has(String image) {
    return user(image).isPresent();
  }

  /**
   * Fetches an image and blocks until it is there.
   *
   * @param login what the registry is told; empty is what the operator's own configuration of
   *     Docker has for it, mostly nothing
   * @throws ImageNotFetched with the engine's sentence
   */
  void pull(String image, Optional<RegistryLogin> login)
      throws ImageNotFetched, InterruptedException {
    var command = streams.pullImageCmd(tagged(image));
    login.map(ImageCalls::authentication).ifPresent(command::withAuthConfig);
    try (var callback = new PullAnswer()) {
      if (!command.exec(callback).ended(PULL)) {
        throw new ImageNotFetched("not fetched within " + PULL.toMinutes() + " minutes");
      }
      if (callback.error().isPresent()) {
        throw new ImageNotFetched(callback.error().get());
      }
    } catch (IOException | RuntimeException e) {
      throw new ImageNotFetched(DockerFailures.sentence(e));
    }
  }

  private static AuthConfig authentication(RegistryLogin login) {
    return new AuthConfig()
        .withRegistryAddress(login.server())
        .withUsername(login.username())
        .withPassword(login.password());
  }

  /** The engine fetches every tag of a repository if none is named. */
  static String tagged(String image) {
    boolean named = image.indexOf(':', image.lastIndexOf('/') + 1) > 0 || image.contains("@");
    return named ? image : image + ":latest";
  }
}
