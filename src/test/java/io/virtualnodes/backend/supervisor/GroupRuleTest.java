package io.virtualnodes.backend.supervisor;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.Restarts.ExitCodes;
import io.virtualnodes.backend.supervisor.GroupRule.Step;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.SupervisedGroup.SupervisedContainer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The rule as a table. A group is written as its containers in order: {@code i} is an init
 * container, {@code s} a sidecar, {@code m} a main one, each with a number and how it is: absent,
 * made, up, starting (up, and not started up), unread, cut (off in its second start), or what it
 * ended with; in brackets stands what it says itself of restarts, a policy and exit codes after
 * which it is started again. The next steps are written as {@code +} for a start and {@code -} for
 * an end, with the second at which they are due: ended is what ended at second 100; {@code now} is
 * whatever is not later.
 */
class GroupRuleTest {
  private static final Instant ZERO = Instant.parse("2026-02-03T12:00:00Z");
  private static final Duration GRACE = Duration.ofSeconds(30);

  @ParameterizedTest
  @CsvSource({
    // Without init containers all start at once, as soon as each can.
    "NEVER, m1=made m2=absent m3=made, +m1 now +m3 now",
    "NEVER, m1=up m2=0 m3=3, ''",
    "ALWAYS, m1=0 m2=up, +m1 100",
    "ON_FAILURE, m1=0 m2=3, +m2 100",
    "ALWAYS, m1=cut m2=unread, +m1 now",

    // Init containers run one after the other, each to its success.
    "NEVER, i1=made i2=made m1=made, +i1 now",
    "NEVER, i1=up i2=made m1=made, ''",
    "NEVER, i1=unread i2=made m1=made, ''",
    "NEVER, i1=absent i2=made m1=made, ''",
    "NEVER, i1=0 i2=made m1=made, +i2 now",
    "NEVER, i1=0 i2=absent m1=made, ''",
    "NEVER, i1=0 i2=0 m1=made m2=made, +m1 now +m2 now",
    "NEVER, i1=0 i2=0 m1=absent m2=made, +m2 now",
    "ALWAYS, i1=0 i2=0 m1=up, ''",
    "ALWAYS, i1=0 i2=0 m1=1, +m1 100",

    // One that fails is tried again, unless nothing is.
    "NEVER, i1=3 m1=made, ''",
    "NEVER, i1=0 i2=3 m1=made, ''",
    "ON_FAILURE, i1=3 m1=made, +i1 100",
    "ALWAYS, i1=3 m1=made, +i1 100",
    "ALWAYS, i1=cut m1=made, +i1 now",

    // A sidecar lets the next one pass once it runs, and is started again whatever the policy.
    "NEVER, s1=made i1=made m1=made, +s1 now",
    "NEVER, s1=starting i1=made m1=made, ''",
    "NEVER, s1=up s2=starting m1=made, ''",
    "NEVER, s1=starting i1=0 m1=made, +m1 now",
    "ALWAYS, s1=starting m1=1 m2=made, +m1 100 +m2 now",
    "NEVER, m1=starting m2=made, +m2 now",
    "NEVER, s1=up i1=made m1=made, +i1 now",
    "NEVER, s1=unread i1=made m1=made, ''",
    "NEVER, s1=0 i1=made m1=made, +s1 100",
    "NEVER, s1=up i1=up s2=made m1=made, ''",
    "NEVER, s1=up i1=0 s2=made m1=made, +s2 now",
    "NEVER, s1=up i1=0 s2=up m1=made, +m1 now",
    "NEVER, s1=3 i1=up m1=made, +s1 100",
    "NEVER, s1=0 i1=0 m1=made, +s1 100 +m1 now",
    "NEVER, s1=up s2=3 m1=up, +s2 100",
    "NEVER, s1=cut m1=up, +s1 now",

    // It ends after the main containers, in reverse order, and is not started again.
    "NEVER, s1=up m1=0 m2=up, ''",
    "NEVER, s1=up m1=0 m2=3, -s1 now",
    "NEVER, s1=up i1=0 s2=up m1=0, -s2 now -s1 130",
    "NEVER, s1=up i1=0 s2=0 m1=0, -s1 now",
    "NEVER, s1=unread m1=0, -s1 now",
    "NEVER, s1=3 m1=0, ''",
    "NEVER, s1=cut m1=0, ''",
    "NEVER, s1=up i1=3 m1=made, -s1 now",
    "ON_FAILURE, s1=up m1=0, -s1 now",
    "ON_FAILURE, s1=up m1=1, +m1 100",
    "ALWAYS, s1=up m1=0, +m1 100",

    // What a container says itself counts for it alone.
    "NEVER, m1[ALWAYS]=0 m2=0, +m1 100",
    "ALWAYS, m1[NEVER]=3 m2=3, +m2 100",
    "ALWAYS, s1=up m1[NEVER]=3, -s1 now",
    "NEVER, m1[NEVER|42]=42 m2=0, +m1 100",
    "NEVER, m1[NEVER|42]=41, ''",
    "NEVER, i1[ON_FAILURE]=3 m1=made, +i1 100",
    "ALWAYS, i1[NEVER]=3 m1=made, ''",
    "ALWAYS, i1[NEVER|42]=42 m1=made, +i1 100",
    // One that had to succeed and did is done, also where a rule speaks of success.
    "ALWAYS, i1[NEVER|0]=0 m1=made, +m1 now",
    // A sidecar is started again whatever it says.
    "NEVER, s1[ALWAYS|42]=3 m1=up, +s1 100",
  })
  void whatComesNextFollowsFromHowTheContainersAre(
      RestartPolicy policy, String containers, String steps) {
    assertThat(text(GroupRule.next(group(policy, Optional.empty(), containers)))).isEqualTo(steps);
  }

  @ParameterizedTest
  @CsvSource({
    // Main and init containers are asked by whoever stops the group, sidecars when these ended.
    "s1=up s2=up m1=up, -s2 70 -s1 70",
    "s1=up s2=up m1=0, -s2 now -s1 70",
    "s1=up i1=up m1=made, -s1 70",
    "s1=up i1=made m1=made, -s1 now",
    "i1=3 m1=made, ''",
    "i1=0 m1=made, ''",
    "m1=3, ''",
    "m1=cut, ''",
  })
  void nothingIsStartedInAGroupThatWasStopped(String containers, String steps) {
    var stopBy = Optional.of(ZERO.plusSeconds(70));

    assertThat(text(GroupRule.next(group(RestartPolicy.ALWAYS, stopBy, containers))))
        .isEqualTo(steps);
  }

  @ParameterizedTest
  @CsvSource({
    "NEVER, i1=0 m1=0 m2=3, true",
    "NEVER, i1=0 m1=0 m2=up, false",
    "NEVER, i1=3 m1=made, true",
    "NEVER, s1=up m1=0, true",
    "NEVER, s1=3 m1=up, false",
    "ON_FAILURE, i1=3 m1=made, false",
    "ON_FAILURE, i1=0 m1=0, true",
    "ON_FAILURE, i1=0 m1=3, false",
    "ALWAYS, i1=0 m1=0, false",
    "NEVER, m1=absent, false",
    "NEVER, m1=unread, false",
    "NEVER, m1[NEVER|42]=42, false",
    "ALWAYS, m1[NEVER]=0, true",
    "ALWAYS, i1[NEVER]=3 m1=made, true",
  })
  void aGroupIsOverOnceItsMainContainersAreOrCannotBe(
      RestartPolicy policy, String containers, boolean over) {
    assertThat(GroupRule.over(group(policy, Optional.empty(), containers))).isEqualTo(over);
  }

  private static SupervisedGroup group(
      RestartPolicy policy, Optional<Instant> stopBy, String containers) {
    return new SupervisedGroup(
        GroupId.first("some-uid"),
        policy,
        GRACE,
        stopBy,
        Stream.of(containers.split(" ")).map(GroupRuleTest::container).toList());
  }

  private static SupervisedContainer container(String text) {
    var words = text.split("=");
    var part =
        switch (words[0].charAt(0)) {
          case 'i' -> Part.INIT;
          case 's' -> Part.SIDECAR;
          default -> Part.MAIN;
        };
    Latest latest =
        switch (words[1]) {
          case "absent" -> new Latest.Absent();
          case "made" -> new Latest.Made();
          case "up", "starting" -> new Latest.Up();
          case "unread" -> new Latest.Unread();
          case "cut" -> new Latest.CutOff(1, Duration.ofSeconds(10));
          default ->
              new Latest.Down(
                  new EndedInstance(
                      0,
                      Integer.parseInt(words[1]),
                      ZERO.plusSeconds(90),
                      ZERO.plusSeconds(100),
                      Duration.ZERO));
        };
    var bracket = words[0].indexOf('[');
    return new SupervisedContainer(
        bracket < 0 ? words[0] : words[0].substring(0, bracket),
        part,
        bracket < 0
            ? Optional.empty()
            : Optional.of(restarts(words[0].substring(bracket + 1, words[0].length() - 1))),
        latest,
        !words[1].equals("starting"));
  }

  private static Restarts restarts(String text) {
    var parts = text.split("\\|");
    return new Restarts(
        RestartPolicy.valueOf(parts[0]),
        Stream.of(parts)
            .skip(1)
            .map(code -> new ExitCodes(false, new TreeSet<>(List.of(Integer.valueOf(code)))))
            .toList());
  }

  private static String text(List<Step> steps) {
    return steps.stream()
        .map(step -> (step instanceof Step.Start ? "+" : "-") + step.container() + " " + when(step))
        .collect(joining(" "));
  }

  private static String when(Step step) {
    return step.when().equals(Instant.MIN)
        ? "now"
        : String.valueOf(Duration.between(ZERO, step.when()).toSeconds());
  }
}
