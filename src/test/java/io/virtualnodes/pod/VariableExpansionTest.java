package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cases of https://github.com/kubernetes/kubernetes, third_party/forked/golang/expansion. */
class VariableExpansionTest {
  private static final Map<String, String> VARIABLES =
      Map.of("A", "alpha", "B", "beta", "EMPTY", "", "MONEY", "$(A) $1 \\", "a.b", "dotted");

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
    assertThat(VariableExpansion.expand(text, VARIABLES)).isEqualTo(expanded);
  }
}
