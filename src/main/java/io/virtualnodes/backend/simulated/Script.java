package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.simulated.Program.OnStop;
import io.virtualnodes.backend.simulated.Program.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads commands: {@code true}, {@code false}, {@code sleep}, {@code echo}, and a shell's script
 * made of them, of {@code exit}, {@code trap … TERM}, {@code sleep … & wait} and {@code while true;
 * do …; done}. A command with anything else in it is not understood as a whole, since half of a
 * program is another program.
 */
final class Script {
  private static final List<String> SHELLS = List.of("sh", "bash", "ash");
  // Without a shell there are neither traps nor exits.
  private static final List<String> PROGRAMS = List.of("true", "false", "sleep", "echo");
  private static final int LARGEST_CODE = 255;
  private static final int LARGEST_TIME_IN_DIGITS = 9;

  private final List<Step> steps = new ArrayList<>();
  private OnStop onStop = new OnStop.Ignore();
  private Optional<Duration> background = Optional.empty();
  private int code;
  private boolean ended;

  private Script() {}

  /** Words, without their quotes, and what separates them from the next ones. */
  private record Statement(List<String> words, String end) {
    String name() {
      return words.getFirst();
    }
  }

  /**
   * @return empty if there is anything in it that is not understood
   */
  static Optional<Program> read(List<String> command) {
    if (command.isEmpty()) {
      return Optional.empty();
    }
    var name = command.getFirst().substring(command.getFirst().lastIndexOf('/') + 1);
    if (SHELLS.contains(name)) {
      return command.size() == 3 && command.get(1).equals("-c")
          ? statements(command.get(2)).flatMap(Script::program)
          : Optional.empty();
    }
    if (!PROGRAMS.contains(name)) {
      return Optional.empty();
    }
    var words = new ArrayList<>(command);
    words.set(0, name);
    return program(List.of(new Statement(words, "")));
  }

  private static Optional<Program> program(List<Statement> statements) {
    var script = new Script();
    if (!script.takeAll(statements)) {
      return Optional.empty();
    }
    if (!script.ended) {
      script.steps.add(new Step.End(script.code));
    }
    return Optional.of(new Program(script.steps, script.onStop));
  }

  private boolean takeAll(List<Statement> statements) {
    for (int i = 0; i < statements.size(); i++) {
      var statement = statements.get(i);
      if (statement.name().equals("while")) {
        int done = endOfLoop(statements, i);
        return done == statements.size() - 1 && loop(statements.subList(i, done));
      }
      if (!take(statement.words(), statement.end())) {
        return false;
      }
      boolean skips = code != 0 && statement.end().equals("&&");
      if (skips) {
        return false;
      }
    }
    return true;
  }

  private static int endOfLoop(List<Statement> statements, int from) {
    for (int i = from; i < statements.size(); i++) {
      if (statements.get(i).words().equals(List.of("done"))) {
        return i;
      }
    }
    return -1;
  }

  /** A loop that never ends; what it says is left out, since nobody could keep it all. */
  private boolean loop(List<Statement> loop) {
    boolean endless =
        loop.getFirst().words().equals(List.of("while", "true"))
            || loop.getFirst().words().equals(List.of("while", ":"));
    if (!endless || loop.size() < 2 || !loop.get(1).name().equals("do")) {
      return false;
    }
    var body = new Script();
    boolean understood =
        loop.stream()
            .skip(1)
            .map(
                statement ->
                    statement.name().equals("do")
                        ? statement.words().subList(1, statement.words().size())
                        : statement.words())
            .allMatch(words -> PROGRAMS.contains(words.getFirst()) && body.take(words, ";"));
    return understood && pass(Program.FOR_EVER, true) && end(0);
  }

  private boolean take(List<String> words, String end) {
    var arguments = words.subList(1, words.size());
    code = 0;
    return switch (words.getFirst()) {
      case "true", ":" -> arguments.isEmpty();
      case "false" -> {
        code = 1;
        yield arguments.isEmpty();
      }
      case "echo" -> steps.add(new Step.Say(String.join(" ", arguments)));
      case "exit" ->
          arguments.size() == 1 && code(arguments.getFirst()).map(this::end).orElse(false);
      case "sleep" -> time(arguments).map(time -> sleep(time, end)).orElse(false);
      case "wait" -> arguments.isEmpty() && background.map(time -> pass(time, true)).orElse(true);
      case "exec" -> exec(arguments);
      case "trap" -> trap(arguments);
      default -> false;
    };
  }

  private boolean sleep(Duration time, String end) {
    if (end.equals("&")) {
      background = Optional.of(time);
      return true;
    }
    return pass(time, false);
  }

  /** The program takes the shell's place, and knows nothing of its traps. */
  private boolean exec(List<String> words) {
    if (words.isEmpty() || !words.getFirst().equals("sleep")) {
      return false;
    }
    onStop = new OnStop.Ignore();
    return take(words, ";") && end(0);
  }

  private boolean trap(List<String> arguments) {
    boolean known =
        arguments.size() == 2 && List.of("TERM", "SIGTERM").contains(arguments.getLast());
    if (!known) {
      return false;
    }
    var action = arguments.getFirst();
    if (action.isEmpty()) {
      onStop = new OnStop.Ignore();
      return true;
    }
    var exit = action.startsWith("exit ") ? code(action.substring(5)) : Optional.<Integer>empty();
    exit.ifPresent(exitCode -> onStop = new OnStop.Exit(exitCode));
    return exit.isPresent();
  }

  private boolean pass(Duration time, boolean heeds) {
    return ended || steps.add(new Step.Pass(time, heeds));
  }

  private boolean end(int exitCode) {
    if (!ended) {
      steps.add(new Step.End(exitCode));
    }
    ended = true;
    return true;
  }

  private static Optional<Integer> code(String text) {
    return text.matches("[0-9]{1,3}")
        ? Optional.of(Integer.valueOf(text)).filter(number -> number <= LARGEST_CODE)
        : Optional.empty();
  }

  private static Optional<Duration> time(List<String> arguments) {
    if (arguments.equals(List.of("infinity"))) {
      return Optional.of(Program.FOR_EVER);
    }
    return arguments.size() == 1
            && arguments
                .getFirst()
                .matches("[0-9]{1," + LARGEST_TIME_IN_DIGITS + "}(\\.[0-9]{1,3})?")
        ? Optional.of(Duration.parse("PT" + arguments.getFirst() + "S"))
        : Optional.empty();
  }

  /** Splits a script; empty if it has something that is more than words and quotes. */
  private static Optional<List<Statement>> statements(String text) {
    var statements = new ArrayList<Statement>();
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '\n';
      if (quote != 0) {
        if (i == text.length() || quote == '"' && "$`\\".indexOf(c) >= 0) {
          return Optional.empty();
        }
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
        continue;
      }
      if (c == '\'' || c == '"') {
        quote = c;
        inWord = true;
        continue;
      }
      if ("$`\\|<>(){}*?[]#~!".indexOf(c) >= 0) {
        return Optional.empty();
      }
      if (" \t;\n&".indexOf(c) < 0) {
        word.append(c);
        inWord = true;
        continue;
      }
      if (inWord) {
        words.add(word.toString());
        word.setLength(0);
        inWord = false;
      }
      if (c == ' ' || c == '\t' || words.isEmpty() && c == '\n') {
        continue;
      }
      if (words.isEmpty()) {
        return Optional.empty();
      }
      boolean and = c == '&' && i + 1 < text.length() && text.charAt(i + 1) == '&';
      statements.add(new Statement(List.copyOf(words), and ? "&&" : String.valueOf(c)));
      words.clear();
      i += and ? 1 : 0;
    }
    return statements.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(statements));
  }
}
