package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.GroupLocks;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import io.virtualnodes.backend.supervisor.TendingRuntime;
import java.time.Duration;
import java.util.List;

/** What is done to a container while it runs, at an engine. */
final class EngineTending implements TendingRuntime {
  private static final int CONFLICT = 409;

  private final DockerEngine engine;
  private final EngineInventory inventory;
  private final DockerRequests requests;
  private final Commands commands;
  private final GroupLocks locks;
  private final Runnable changed;

  /**
   * @param locks keep what is put on record and the group's end apart
   */
  EngineTending(
      DockerEngine engine,
      EngineInventory inventory,
      DockerRequests requests,
      Commands commands,
      GroupLocks locks,
      Runnable changed) {
    this.engine = engine;
    this.inventory = inventory;
    this.requests = requests;
    this.commands = commands;
    this.locks = locks;
    this.changed = changed;
  }

  @Override
  public Executed execute(String runtimeId, List<String> command, Duration timeout, int longest)
      throws InterruptedException {
    return commands.run(runtimeId, command, timeout, longest);
  }

  @Override
  public void record(Instance instance, Milestone milestone) {
    locks.run(
        instance.group(),
        () ->
            inventory
                .read(instance.group())
                .flatMap(group -> group.instance(instance.container(), instance.number()))
                .filter(found -> !found.milestones().contains(milestone))
                .ifPresent(found -> make(found, milestone)));
  }

  /** Of the image by its id: its name may mean another one by now, or none. */
  private void make(FoundContainer found, Milestone milestone) {
    var image = engine.inspect(found.id()).map(InspectContainerResponse::getImageId);
    if (image.isEmpty()) {
      return;
    }
    try {
      engine.create(requests.milestone(found, image.get(), milestone));
    } catch (DockerException e) {
      // Otherwise somebody else was faster.
      if (e.getHttpStatus() != CONFLICT) {
        throw DockerFailures.of(e);
      }
    }
  }

  @Override
  public void stop(String runtimeId, Duration grace) {
    engine.stop(runtimeId, grace);
    changed();
  }

  @Override
  public void changed() {
    changed.run();
  }
}
