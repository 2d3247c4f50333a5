package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.virtualnodes.backend.LogOptions;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogQueryTest {
  private static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

  @Test
  void anEmptyQueryAsksForTheWholeLog() throws Refusal {
    assertThat(LogQuery.options(Map.of(), NOW)).isEqualTo(LogOptions.ALL);
  }

  @Test
  void everyOptionIsPassedOn() throws Refusal {
    var options =
        parse(
            "follow=true&previous=true&timestamps=true&tailLines=7&limitBytes=99&sinceSeconds=60&stream=All");

    assertThat(options)
        .isEqualTo(
            new LogOptions(
                true,
                true,
                true,
                Optional.of(NOW.minusSeconds(60)),
                OptionalLong.of(7),
                OptionalLong.of(99)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          previous=true            | true
          previous=1               | true
          previous=                | true
          previous=yes             | true
          previous=false           | false
          previous=False           | false
          previous=0               | false
          previous=false&previous=true | false
          """)
  void aFlagIsReadAsTheApiServerWritesIt(String query, boolean expected) throws Refusal {
    assertThat(parse(query).previous()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          tailLines=0              | 0
          tailLines=12             | 12
          tail=12                  | 12
          tail=12&tailLines=5      | 12
          tail=&tailLines=5        | 5
          tail=all                 |
          tail=all&tailLines=5     |
          """)
  void tailIsTheOldSpellingOfTailLines(String query, Long expected) throws Refusal {
    assertThat(parse(query).tailLines())
        .isEqualTo(expected == null ? OptionalLong.empty() : OptionalLong.of(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sinceTime=2026-02-03T04:00:00Z           | 2026-02-03T04:00:00Z
          sinceTime=2026-02-03T04:00:00.123456789Z | 2026-02-03T04:00:00.123456789Z
          sinceTime=2026-02-03T05:00:00%2B01:00    | 2026-02-03T04:00:00Z
          sinceTime=                               |
          sinceSeconds=1                           | 2026-02-03T04:05:05Z
          sinceSeconds=9223372036854775807         | 1970-01-01T00:00:00Z
          """)
  void sinceBecomesAnInstant(String query, Instant expected) throws Refusal {
    assertThat(parse(query).since()).isEqualTo(Optional.ofNullable(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          tailLines=                       | 400 | tailLines must be a whole number
          tailLines=ten                    | 400 | tailLines must be a whole number
          tail=ten                         | 400 | tail must be a whole number
          limitBytes=1.5                   | 400 | limitBytes must be a whole number
          sinceSeconds=99999999999999999999 | 400 | sinceSeconds must be a whole number
          sinceTime=yesterday              | 400 | sinceTime must be a time as in RFC 3339
          tailLines=-1                     | 422 | tailLines must not be negative
          limitBytes=0                     | 422 | limitBytes must be greater than 0
          sinceSeconds=0                   | 422 | sinceSeconds must be greater than 0
          sinceSeconds=1&sinceTime=2026-02-03T04:00:00Z | 422 | at most one of sinceTime and sinceSeconds
          stream=Stdout                    | 400 | ask for stream All
          stream=Stderr                    | 400 | ask for stream All
          stream=Stderr&tailLines=5        | 422 | cannot be combined
          stream=stdout                    | 422 | stream must be All, Stdout or Stderr
          follow=true&tailLines=-1         | 422 | tailLines must not be negative
          """)
  void whatCannotBeServedIsRefusedWithASentence(String query, int status, String sentence) {
    var refusal = catchThrowableOfType(Refusal.class, () -> parse(query));

    assertThat(refusal).hasMessageContaining(sentence);
    assertThat(refusal.status().code()).isEqualTo(status);
  }

  private static LogOptions parse(String query) throws Refusal {
    Map<String, List<String>> parameters =
        new QueryStringDecoder("?" + query, StandardCharsets.UTF_8).parameters();
    return LogQuery.options(parameters, NOW);
  }
}
