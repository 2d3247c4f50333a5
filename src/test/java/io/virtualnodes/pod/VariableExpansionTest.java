package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue.Plain;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue.Secret;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cases of https://github.com/kubernetes/kubernetes, third_party/forked/golang/expansion. */
class VariableExpansionTest {
  private static final Map<String, EnvironmentValue> VARIABLES =
      Map.of(
          "A", new Plain("alpha"),
          "B", new Plain("beta"),
          "EMPTY", new Plain(""),
          "MONEY", new Plain("$(A) $1 \\"),
          "a.b", new Plain("dotted"),
          "PASSWORD", new Secret("swordfish"));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          plain                | plain
          $(A)                 | alpha
          $(A)-$(B)            | alpha-beta
          $(A)$(B)             | alphabeta
          x$(A)y               | xalphay
          <$(EMPTY)>           | <>
          $(a.b)               | dotted
          $(UNKNOWN)           | $(UNKNOWN)
          $(UNKNOWN)-$(A)      | $(UNKNOWN)-alpha
          $()                  | $()
          $$                   | $
          $$(A)                | $(A)
          $$$(A)               | $alpha
          $$$$(A)              | $$(A)
          $$$$$(A)             | $$alpha
          $(A)$$(B)            | alpha$(B)
          $A                   | $A
          $                    | $
          cost $               | cost $
          $(A                  | $(A
          $(A$$                | $(A$
          $(A$(B)              | $(A$(B)
          $((A))               | $((A))
          ${A}                 | ${A}
          )$(A)(               | )alpha(
          $(MONEY)             | $(A) $1 \\
          """)
  void referencesExpandAsInKubernetes(String text, String expanded) {
    assertThat(VariableExpansion.expand(text, VARIABLES)).isEqualTo(new Plain(expanded));
  }

  @Test
  void whatASecretIsPartOfIsSecret() {
    assertThat(VariableExpansion.expand("user:$(PASSWORD)@$(A)", VARIABLES))
        .isEqualTo(new Secret("user:swordfish@alpha"));
    assertThat(VariableExpansion.expand("$$(PASSWORD)", VARIABLES))
        .as("no reference")
        .isEqualTo(new Plain("$(PASSWORD)"));
  }
}
