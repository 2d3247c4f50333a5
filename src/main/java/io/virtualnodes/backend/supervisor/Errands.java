package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.supervisor.TendingRuntime.Executed;
import java.time.Duration;
import java.util.List;

/** Carries actions out, as a probe or as a hook. */
final class Errands {
  // Hooks have no time limit of their own: who waits for one gives up on it.
  private static final Duration FOR_EVER = Duration.ofDays(365);

  private final TendingRuntime runtime;

  Errands(TendingRuntime runtime) {
    this.runtime = runtime;
  }

  /** Asks the container how it is. */
  Outcome probe(TendedContainer tended, Action action, Duration timeout)
      throws InterruptedException {
    return switch (action) {
      case Action.Exec(var command) -> probe(tended, command, timeout);
      case Action.HttpGet get when addressed(tended, get.host().isPresent()) ->
          HttpCheck.get(get, tended.address().orElse(""), HttpCheck::isSuccess, timeout);
      case Action.TcpSocket(var host, var port) when addressed(tended, host.isPresent()) ->
          Dialing.dial(host.or(tended::address).orElseThrow(), port, timeout);
      case Action.Grpc grpc when addressed(tended, false) ->
          GrpcCheck.check(grpc, tended.address().orElseThrow(), timeout);
      case Action.HttpGet _, Action.TcpSocket _, Action.Grpc _ ->
          new Outcome.Impossible("the container has no address");
      case Action.Sleep _ -> new Outcome.Impossible("sleeping finds nothing out");
    };
  }

  private Outcome probe(TendedContainer tended, List<String> command, Duration timeout)
      throws InterruptedException {
    try {
      return switch (execute(tended, command, timeout)) {
        case Executed.Ended(var code, _) when code == 0 -> new Outcome.Passed();
        case Executed.Ended(_, var output) -> new Outcome.Failed(output);
        case Executed.TimedOut _ ->
            new Outcome.Failed("command \"%s\" timed out".formatted(String.join(" ", command)));
        case Executed.NotBegun(var why) -> new Outcome.Impossible(why);
      };
    } catch (BackendException e) {
      return new Outcome.Impossible(e.getMessage());
    }
  }

  /**
   * Does what has to be done. Whatever an HTTP server answers, it has been told.
   *
   * @return Passed or Failed
   * @throws BackendException if it may or may not have been done
   */
  Outcome hook(TendedContainer tended, Action action) throws InterruptedException {
    return switch (action) {
      case Action.Exec(var command) ->
          switch (execute(tended, command, FOR_EVER)) {
            case Executed.Ended(var code, _) when code == 0 -> new Outcome.Passed();
            case Executed.Ended(var code, var output) ->
                new Outcome.Failed("exited with %d: %s".formatted(code, output));
            case Executed.TimedOut _ -> new Outcome.Failed("did not end");
            case Executed.NotBegun(var why) -> new Outcome.Failed(why);
          };
      case Action.Sleep(var time) -> {
        Thread.sleep(time);
        yield new Outcome.Passed();
      }
      case Action.HttpGet get when addressed(tended, get.host().isPresent()) ->
          told(HttpCheck.get(get, tended.address().orElse(""), _ -> true, FOR_EVER));
      case Action.HttpGet _ -> new Outcome.Failed("the container has no address");
      case Action.TcpSocket _, Action.Grpc _ ->
          new Outcome.Failed("no hook is done by a mere connection");
    };
  }

  private Executed execute(TendedContainer tended, List<String> command, Duration timeout)
      throws InterruptedException {
    return runtime.execute(tended.runtimeId(), command, timeout, Outcome.LONGEST_OUTPUT);
  }

  private static Outcome told(Outcome answer) {
    return switch (answer) {
      case Outcome.Passed _, Outcome.PassedWith _ -> new Outcome.Passed();
      case Outcome.Failed _ -> answer;
      case Outcome.Impossible(var why) -> new Outcome.Failed(why);
    };
  }

  private static boolean addressed(TendedContainer tended, boolean elsewhere) {
    return elsewhere || tended.address().isPresent();
  }
}
