package io.virtualnodes.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Kubectl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That what pages tell people to type can be typed. */
@Execution(ExecutionMode.CONCURRENT)
class CommandsIT {
  private static final Path QUICKSTART = Path.of("docs", "quickstart.md");
  // Where the operators of the tests keep it; of an earlier run that was cut off.
  private static final Path JOURNAL = Path.of("target", "cluster", "simulation", "burst.jsonl");
  private static final String OPERATOR_ACCESS = "operator.kubeconfig";
  // It would take the ground from under all other tests.
  private static final String END_OF_ALL = "kubectl delete -k deploy/base";
  private static final Pattern FLAG =
      Pattern.compile("(?<= )(--[a-z][a-z-]*|-[a-zA-Z]+)(?=[= ]|$)");
  private static final Pattern FILE = Pattern.compile("(?<= |=)deploy/[^\\s'\"]+");
  // As kubectl lists them: `    -n, --namespace=''`, with a colon after it.
  private static final Pattern LISTED = Pattern.compile("(?m)^ +(?:-(\\w), )?--([a-z][a-z-]*)=");
  private static final Pattern TARGET = Pattern.compile("(?m)^make ([a-z-]+)");
  private static final Set<String> OF_TWO_WORDS =
      Set.of("auth", "certificate", "config", "create", "rollout", "set", "top");
  // The first word of a command, after the variables that are set for it; what a program prints has
  // capital letters, digits or colons there.
  private static final Pattern PROGRAM =
      Pattern.compile("(?m)(?:^|(?<= \\| ))(?:[A-Z_]+=\\S* )*([a-z][a-z0-9-]*)(?= |$)");

  /** Programs whose commands are not tried here, and why not. */
  private static final Map<String, String> TRIED_ELSEWHERE =
      Map.of(
          "aws", "ours is no account of AWS; what it would be given is held by its own tests",
          "az", "ours is no subscription of Azure; the roles it makes are held by their own tests",
          "docker", "builds and pushes images for registries, which there are none of here",
          "export", "sets variables of the reader's shell for what follows",
          "helm", "the install tests run it as its page shows it: Release",
          "install", "puts a file on the reader's PATH",
          "java", "every operator of these tests is started so",
          "kustomize", "has kubectl's own twin, which the tests of the manifests run",
          "make", "the Makefile is asked for each target below",
          "mvn", "a reader's own backend is tested so");

  // Of each verb, since many commands share one.
  private static final Map<String, Set<String>> FLAGS = new ConcurrentHashMap<>();

  private static Cluster cluster;
  private static Kubectl kubectl;
  private static Shell shell;

  @BeforeAll
  static void aCluster() throws IOException {
    cluster = Cluster.of(CommandsIT.class);
    kubectl = cluster.place(CommandsIT.class).kubectl();
    shell = Shell.of(CommandsIT.class, kubectl, Map.of());
  }

  /** A command of kubectl's, with the lines that go on with it. */
  record Command(Path page, String text) {}

  static List<Command> commands() {
    var commands = new ArrayList<Command>();
    for (var page : Page.all()) {
      page.typed().stream()
          .flatMap(line -> Arrays.stream(line.split(" \\| (?=kubectl )")))
          .filter(line -> line.startsWith("kubectl "))
          // A program of its own, which tells its own flags.
          .filter(line -> !line.startsWith("kubectl vnode"))
          .forEach(line -> commands.add(new Command(page.file(), line)));
    }
    return commands;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aCommandHasFlagsThatThereAre(Command command) {
    // What is passed on to a container, or is the output of another, is not kubectl's.
    var own =
        command
            .text()
            .split(" -- | && | > ", 2)[0]
            .replaceAll("'[^']*'|\"[^\"]*\"", "''")
            .replaceAll(" (-n|--namespace) (?=\\S)", " --namespace=");
    var words =
        Arrays.stream(own.split(" +")).skip(1).filter(word -> !word.startsWith("-")).toList();
    var verb = new ArrayList<>(List.of(words.getFirst()));
    if (OF_TWO_WORDS.contains(words.getFirst()) && words.size() > 1) {
      verb.add(words.get(1));
    }
    if (verb.equals(List.of("create", "secret"))) {
      verb.add(words.get(2));
    }
    var known = flags(verb);

    assertThat(FLAG.matcher(own).results().map(found -> found.group(1)).map(CommandsIT::separate))
        .as("flags of `%s` in %s", command.text(), command.page())
        .allSatisfy(flags -> assertThat(known).containsAll(flags));
  }

  /** {@code -it} is two of them. */
  private static List<String> separate(String flag) {
    return flag.startsWith("--")
        ? List.of(flag)
        : flag.chars().skip(1).mapToObj(letter -> "-" + (char) letter).toList();
  }

  private static Set<String> flags(List<String> verb) {
    return FLAGS.computeIfAbsent(
        String.join(" ", verb),
        _ -> {
          var help = new ArrayList<>(verb);
          help.add("--help");
          return listed(kubectl.run(help.toArray(String[]::new)) + kubectl.run("options"));
        });
  }

  private static Set<String> listed(String help) {
    var flags = new HashSet<String>();
    for (var found : LISTED.matcher(help).results().toList()) {
      flags.add("--" + found.group(2));
      if (found.group(1) != null) {
        flags.add("-" + found.group(1));
      }
    }
    return Set.copyOf(flags);
  }

  @Test
  void everyOtherProgramIsKnown() {
    var others =
        Page.all().stream()
            .flatMap(page -> page.typed().stream())
            .flatMap(line -> PROGRAM.matcher(line).results())
            .map(found -> found.group(1))
            .filter(program -> !program.equals("kubectl"))
            .collect(Collectors.toSet());

    assertThat(others).isEqualTo(TRIED_ELSEWHERE.keySet());
  }

  /** Whichever program it is given to. */
  @Test
  void everyFileOfDeployThatCommandsNameIsThere() {
    var files =
        Page.all().stream()
            .flatMap(page -> page.typed().stream())
            .flatMap(line -> FILE.matcher(line).results())
            .map(found -> Path.of(found.group()))
            .toList();

    assertThat(files).isNotEmpty().allSatisfy(file -> assertThat(file).exists());
  }

  @Test
  void everyMakeTargetThatPagesNameIsThere() throws IOException {
    var makefile = Files.readString(Path.of("Makefile"));
    var named =
        Page.all().stream()
            .flatMap(page -> page.blocks().stream())
            .flatMap(block -> TARGET.matcher(block.code()).results())
            .map(found -> found.group(1))
            .collect(Collectors.toSet());

    assertThat(named)
        .isNotEmpty()
        .allSatisfy(target -> assertThat(makefile).containsPattern("(?m)^" + target + ":.*## "));
  }

  /** It stays, if it is there: an operator that has had a pool of this name goes on with it. */
  static void emptyJournal() throws IOException {
    if (Files.exists(JOURNAL)) {
      Files.write(JOURNAL, new byte[0]);
    }
  }

  /** The operator runs already, under the rights that the page has it take. */
  @Test
  @ResourceLock(Cluster.BURST)
  @ResourceLock(Cluster.OPERATORS)
  void theQuickstartGoesFromItsBeginningToItsEnd() throws Exception {
    cluster.operator();
    emptyJournal();
    var access = shell.folder().resolve(OPERATOR_ACCESS);

    for (var block : Page.read(QUICKSTART).blocks()) {
      var script =
          block
              .code()
              .replace("\\\n", "")
              .lines()
              .filter(line -> line.startsWith("kubectl "))
              .toList();
      for (var command : script) {
        var really = command.equals(END_OF_ALL) ? command + " --dry-run=server" : command;
        shell.run(really.replace(OPERATOR_ACCESS, access.toString()), QUICKSTART);
      }
    }

    kubectl.run(
        "delete", "deployment/virtual-nodes-operator", "--namespace=virtual-nodes", "--wait");

    assertThat(shell.run("kubectl --kubeconfig=%s auth whoami".formatted(access), QUICKSTART))
        .contains("system:serviceaccount:virtual-nodes:virtual-nodes-operator");
    assertThat(Page.read(QUICKSTART).text())
        .contains("java -jar target/quarkus-app/quarkus-run.jar");
    assertThat(Path.of("target/quarkus-app/quarkus-run.jar")).exists();
    assertThat(
            cluster.client().nodes().withLabel("virtualnodes.io/pool", "burst").list().getItems())
        .isEmpty();
  }
}
