package io.virtualnodes.backend.simulated;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.simulated.ShellText.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Commands of a few words, run as a shell in a container would: nothing is started and nothing is
 * kept. All that it answers follows from the scene, the time and what it is told.
 */
final class SimulatedShell {
  private static final List<String> SHELLS = List.of("sh", "bash", "ash");
  private static final int NOT_FOUND = 127;
  private static final int MISUSED = 2;

  /** What a program ends with that was broken off at its terminal. */
  static final int BROKEN_OFF = 130;

  private static final int KILLED = 137;
  private static final int LARGEST_CODE = 255;
  private static final Duration LONGEST_NAP = Duration.ofSeconds(1);
  private static final String PROMPT = "/ # ";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss 'UTC' yyyy", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Scene scene;
  private final Meanwhile meanwhile;
  private final InputStream input;
  private final OutputStream output;
  private final OutputStream errors;
  private final boolean terminal;
  private int code;
  private boolean left;

  /** What goes on while it runs. */
  interface Meanwhile {
    InstantSource clock();

    void pass(Duration time) throws InterruptedException;

    /** Whether the container runs on. */
    boolean goesOn();
  }

  /**
   * @param terminal whether somebody sits before it
   */
  SimulatedShell(
      Scene scene,
      Meanwhile meanwhile,
      InputStream input,
      OutputStream output,
      OutputStream errors,
      boolean terminal) {
    this.scene = scene;
    this.meanwhile = meanwhile;
    this.input = input;
    this.output = output;
    this.errors = errors;
    this.terminal = terminal;
  }

  /** Runs a command as a container is asked to, and returns its exit code. */
  int run(List<String> words) throws IOException, InterruptedException {
    if (terminal) {
      say(scene.notice());
    }
    return command(words);
  }

  private int command(List<String> words) throws IOException, InterruptedException {
    var name = words.getFirst().substring(words.getFirst().lastIndexOf('/') + 1);
    if (!SHELLS.contains(name)) {
      runAll(ShellText.of(words));
    } else if (words.size() > 2 && words.get(1).equals("-c")) {
      line(words.get(2));
    } else {
      session();
    }
    return code;
  }

  /** Line by line, until there are no more. */
  private void session() throws IOException, InterruptedException {
    while (!left) {
      if (terminal) {
        output.write(PROMPT.getBytes(UTF_8));
        output.flush();
      }
      try {
        var line = nextLine();
        if (line.isEmpty()) {
          return;
        }
        line(line.get());
      } catch (SimulatedTerminal.Break e) {
        code = BROKEN_OFF;
      }
    }
  }

  private Optional<String> nextLine() throws IOException {
    var line = new ByteArrayOutputStream();
    int next = input.read();
    if (next < 0) {
      return Optional.empty();
    }
    while (next >= 0 && next != '\n') {
      line.write(next);
      next = input.read();
    }
    return Optional.of(line.toString(UTF_8));
  }

  private void line(String text) throws IOException, InterruptedException {
    var commands = ShellText.read(text);
    if (commands.isPresent()) {
      runAll(commands.get());
    } else {
      complain("sh: simulated: only words, quotes, variables, ;, && and || are understood");
      code = MISUSED;
    }
  }

  private void runAll(List<Command> commands) throws IOException, InterruptedException {
    for (var command : commands) {
      boolean comes =
          switch (command.joint()) {
            case ALWAYS -> true;
            case IF_IT_SUCCEEDED -> code == 0;
            case IF_IT_FAILED -> code != 0;
          };
      if (comes && !left) {
        var words = command.words().stream().map(word -> word.text(this::variable)).toList();
        code = run(words.getFirst(), words.subList(1, words.size()));
      }
    }
  }

  private String variable(String name) {
    return name.equals("?") ? Integer.toString(code) : scene.environment().getOrDefault(name, "");
  }

  private int run(String program, List<String> arguments) throws IOException, InterruptedException {
    var name = program.substring(program.lastIndexOf('/') + 1);
    return switch (name) {
      case "true", ":" -> 0;
      case "false" -> 1;
      case "echo" -> echo(arguments);
      case "pwd" -> say("/");
      case "hostname" -> say(scene.hostname());
      case "date" -> say(DATE.format(meanwhile.clock().instant()));
      case "uname" -> say(uname(arguments));
      case "env" -> environment();
      case "ps" -> processes();
      case "ls" -> list(arguments);
      case "cat" -> concatenate(arguments);
      case "sleep" -> sleep(arguments);
      case "exit" -> leave(arguments);
      default -> {
        if (SHELLS.contains(name)) {
          var words = new ArrayList<>(List.of(name));
          words.addAll(arguments);
          yield nested(words);
        }
        complain("sh: " + program + ": not found");
        yield NOT_FOUND;
      }
    };
  }

  /** A shell in a shell leaves itself alone. */
  private int nested(List<String> words) throws IOException, InterruptedException {
    return new SimulatedShell(scene, meanwhile, input, output, errors, terminal).command(words);
  }

  private int echo(List<String> arguments) throws IOException {
    boolean open = !arguments.isEmpty() && arguments.getFirst().equals("-n");
    var text = String.join(" ", arguments.subList(open ? 1 : 0, arguments.size()));
    output.write((text + (open ? "" : "\n")).getBytes(UTF_8));
    output.flush();
    return 0;
  }

  private String uname(List<String> arguments) {
    return arguments.contains("-a")
        ? "Linux %s 0.0.0-simulated #1 x86_64 GNU/Linux".formatted(scene.hostname())
        : "Linux";
  }

  private int environment() throws IOException {
    for (var variable : scene.environment().entrySet()) {
      say(variable.getKey() + "=" + variable.getValue());
    }
    return 0;
  }

  private int processes() throws IOException {
    var first = scene.command().isEmpty() ? scene.container() : String.join(" ", scene.command());
    say("PID   USER     TIME  COMMAND");
    say("    1 root      0:00 " + first.lines().findFirst().orElse(""));
    return say("    7 root      0:00 ps");
  }

  private int list(List<String> arguments) throws IOException {
    var names = arguments.stream().filter(argument -> !argument.startsWith("-")).toList();
    int result = 0;
    for (var name : names.isEmpty() ? List.of("/") : names) {
      var path = absolute(name);
      if (scene.folders().containsKey(path)) {
        for (var entry : scene.folders().get(path)) {
          say(entry);
        }
      } else if (scene.files().containsKey(path)) {
        say(name);
      } else {
        complain("ls: " + name + ": No such file or directory");
        result = 1;
      }
    }
    return result;
  }

  private static String absolute(String name) {
    var path = name.startsWith("/") ? name : "/" + name;
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private int concatenate(List<String> names) throws IOException {
    if (names.isEmpty()) {
      return copyInput();
    }
    int result = 0;
    for (var name : names) {
      if (name.equals("-")) {
        result = Math.max(result, copyInput());
        continue;
      }
      var text = scene.files().get(absolute(name));
      if (text == null) {
        complain("cat: can't open '" + name + "': No such file or directory");
        result = 1;
      } else {
        output.write(text.getBytes(UTF_8));
        output.flush();
      }
    }
    return result;
  }

  private int copyInput() throws IOException {
    var buffer = new byte[8192];
    for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
      output.write(buffer, 0, count);
      output.flush();
    }
    return 0;
  }

  private int sleep(List<String> arguments) throws IOException, InterruptedException {
    if (arguments.size() != 1 || !arguments.getFirst().matches("\\d{1,9}(\\.\\d{1,3})?")) {
      complain("sleep: invalid number '" + String.join(" ", arguments) + "'");
      return 1;
    }
    long rest = new BigDecimal(arguments.getFirst()).movePointRight(3).longValueExact();
    for (long nap = 0; rest > 0; rest -= nap) {
      if (!meanwhile.goesOn()) {
        left = true;
        return KILLED;
      }
      nap = Math.min(rest, LONGEST_NAP.toMillis());
      meanwhile.pass(Duration.ofMillis(nap));
    }
    return 0;
  }

  private int leave(List<String> arguments) throws IOException {
    left = true;
    if (arguments.isEmpty()) {
      return code;
    }
    if (!arguments.getFirst().matches("\\d{1,9}")) {
      complain("sh: exit: Illegal number: " + arguments.getFirst());
      return MISUSED;
    }
    return Integer.parseInt(arguments.getFirst()) & LARGEST_CODE;
  }

  private int say(String line) throws IOException {
    output.write((line + "\n").getBytes(UTF_8));
    output.flush();
    return 0;
  }

  private void complain(String line) throws IOException {
    errors.write((line + "\n").getBytes(UTF_8));
    errors.flush();
  }
}
