package io.virtualnodes.emulator.ecs;

import com.github.dockerjava.api.command.PullImageResultCallback;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.AuthConfig;
import io.virtualnodes.emulator.ecs.Containers.Login;
import io.virtualnodes.emulator.ecs.Containers.Pull;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Fetches images, each by a thread of its own, and remembers what came of it until it was told. */
final class EngineImages {
  private final Engine engine;
  private final Map<String, Pull> pulls = new HashMap<>();

  EngineImages(Engine engine) {
    this.engine = engine;
  }

  synchronized Pull pull(String image, Optional<Login> login) {
    var before = pulls.get(image);
    if (before == null && isHere(image)) {
      return new Pull.Done();
    }
    if (before == null) {
      pulls.put(image, new Pull.Going());
      Thread.ofVirtual().start(() -> told(image, fetch(image, login)));
      return new Pull.Going();
    }
    if (!(before instanceof Pull.Going)) {
      // The next task that has it tries again.
      pulls.remove(image);
    }
    return before;
  }

  private synchronized void told(String image, Pull result) {
    pulls.put(image, result);
  }

  private boolean isHere(String image) {
    try {
      engine.client().inspectImageCmd(image).exec();
      return true;
    } catch (NotFoundException _) {
      return false;
    }
  }

  private Pull fetch(String image, Optional<Login> login) {
    boolean named = image.indexOf(':', image.lastIndexOf('/') + 1) > 0 || image.contains("@");
    // The engine fetches every tag of a repository if none is named.
    var command = engine.client().pullImageCmd(named ? image : image + ":latest");
    login
        .map(given -> new AuthConfig().withUsername(given.user()).withPassword(given.password()))
        .ifPresent(command::withAuthConfig);
    try {
      command.exec(new PullImageResultCallback()).awaitCompletion();
      return new Pull.Done();
    } catch (DockerException | DockerClientException e) {
      return new Pull.Failed(e.getMessage().strip());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Pull.Failed("interrupted");
    }
  }
}
