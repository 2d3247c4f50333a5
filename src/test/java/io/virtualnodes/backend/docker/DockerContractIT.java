package io.virtualnodes.backend.docker;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendContract;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.cluster.Gate;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;

/** What every backend does, done by the real engine. */
class DockerContractIT extends BackendContract {

  @Override
  protected BackendSubject open() {
    return new EngineSubject();
  }

  /** A pool at the engine, behind a proxy that can lose what the engine says. */
  private static final class EngineSubject implements BackendSubject {
    private final EnginePool pool = new EnginePool();
    private final Gate proxy = pool.proxy();
    private DockerBackend backend = begin();
    private Optional<EngineSubject> neighbour = Optional.empty();

    private DockerBackend begin() {
      return pool.backend(URI.create(proxy.host()), "bridge");
    }

    @Override
    public String pool() {
      return pool.name;
    }

    @Override
    public Backend backend() {
      return backend;
    }

    @Override
    public void restart() {
      backend.close();
      backend = begin();
    }

    @Override
    public BackendSubject neighbour() {
      neighbour = Optional.of(neighbour.orElseGet(EngineSubject::new));
      return neighbour.get();
    }

    @Override
    public String missingImage() {
      return "localhost:1/no-such-image:1";
    }

    @Override
    public boolean showsLogs() {
      return true;
    }

    /** As many as there are first instances of one container. */
    @Override
    public int copies(GroupId id) {
      return pool.containers(id).stream()
          .map(container -> Marks.of(container.getLabels()).orElseThrow())
          .filter(marks -> marks.role() == Marks.Role.CONTAINER && marks.instance() == 0)
          .collect(groupingBy(Marks::container, counting()))
          .values()
          .stream()
          .mapToInt(Long::intValue)
          .max()
          .orElse(0);
    }

    @Override
    public Instant now() {
      return Instant.now();
    }

    @Override
    public void pass(Duration time) {
      pool.clock.advance(time);
    }

    @Override
    public Observation await(GroupId id, Predicate<Observation> wanted) {
      return pool.awaitGroup(backend, id, wanted);
    }

    @Override
    public boolean losingAnswer(int nth, Runnable requests) {
      proxy.loseAnswer(nth);
      requests.run();
      return proxy.loseNoAnswer();
    }

    @Override
    public void cutOff() {
      proxy.shut();
    }

    @Override
    public void reconnect() {
      proxy.reopen();
    }

    @Override
    public void close() {
      neighbour.ifPresent(EngineSubject::close);
      pool.close();
      proxy.close();
    }
  }
}
