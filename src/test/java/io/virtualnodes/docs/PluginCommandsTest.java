package io.virtualnodes.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.virtualnodes.plugin.KubectlVnode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That what pages tell people to type of {@code kubectl vnode} can be typed. */
class PluginCommandsTest {
  private static final String PLUGIN = "kubectl vnode";

  /** With what may stand before it and after it. */
  record Command(Path page, String text) {}

  static List<Command> commands() {
    return Page.all().stream()
        .flatMap(page -> page.typed().stream().map(line -> new Command(page.file(), line)))
        .filter(command -> command.text().matches("(.* \\| )?" + PLUGIN + "( .*)?"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aCommandIsOneOfThePlugins(Command command) {
    assertThatCode(() -> KubectlVnode.commandLine().parseArgs(arguments(command.text())))
        .as("`%s` in %s", command.text(), command.page())
        .doesNotThrowAnyException();
  }

  /** Those that a shell would hand over; the pages quote none. */
  private static String[] arguments(String command) {
    assertThat(command).doesNotContain("'", "\"");
    var own =
        command.substring(command.indexOf(PLUGIN) + PLUGIN.length()).split(" > | && | \\| ", 2)[0];
    return Arrays.stream(own.strip().split(" +"))
        .filter(word -> !word.isEmpty())
        .toArray(String[]::new);
  }

  @Test
  void pagesTellCommandsOfThePlugin() {
    assertThat(commands())
        .extracting(Command::text)
        .anyMatch(text -> text.startsWith("kubectl vnode explain"))
        .anyMatch(text -> text.contains(" | kubectl vnode explain -f -"))
        .anyMatch(text -> text.startsWith("kubectl vnode doctor"));
  }
}
