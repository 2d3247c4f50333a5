package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.BackendContract;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.InvocationInterceptor.Invocation;
import org.opentest4j.TestAbortedException;

class LeftOutTest {
  private final LeftOut leftOut = new LeftOut(Map.of("unable", "it cannot"), Duration.ofSeconds(1));

  @Test
  void aScenarioThatIsLeftOutMayFailAndMustNotPass() {
    Invocation<Void> fails =
        () -> {
          throw new AssertionError("not as wanted");
        };
    Invocation<Void> passes = () -> null;

    assertThatThrownBy(() -> leftOut.run("unable", fails))
        .isInstanceOf(TestAbortedException.class)
        .hasMessage("left out: it cannot");
    assertThatThrownBy(() -> leftOut.run("unable", passes))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("unable comes to pass");
    assertThatCode(() -> leftOut.run("other", passes)).doesNotThrowAnyException();
    assertThatThrownBy(() -> leftOut.run("other", fails)).hasMessage("not as wanted");
  }

  @Test
  void whatIsLeftOutAndNeverEndsHasFailed() {
    Invocation<Void> neverEnds =
        () -> {
          Thread.sleep(Duration.ofHours(1));
          return null;
        };

    assertThatThrownBy(() -> leftOut.run("unable", neverEnds))
        .isInstanceOf(TestAbortedException.class)
        .hasMessage("left out: it cannot");
  }

  @Test
  void whatIsNotTriedNeedNotBeLeftOut() {
    Invocation<Void> aborted =
        () -> {
          throw new TestAbortedException("not for this one");
        };

    assertThatThrownBy(() -> leftOut.run("unable", aborted))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("do not list it");
  }

  @Test
  void whatMotoIsNotHeldToAreScenariosAndThePageNamesThem() throws IOException {
    var scenarios =
        Arrays.stream(BackendContract.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(Test.class))
            .map(Method::getName)
            .toList();
    var page = Files.readString(Path.of("docs/emulated-fargate.md"));

    assertThat(MotoContractIT.LEFT_OUT.scenarios())
        .isNotEmpty()
        .isSubsetOf(scenarios)
        .allSatisfy(scenario -> assertThat(page).contains("`" + scenario + "`"));
  }
}
