package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** What goes wrong at a simulated service, each in a share of all calls, groups or containers. */
public record SimulatedFailures(
    @Default("0%")
        @Size(max = 8)
        @ValidationRule(value = Rules.PERCENTAGE, message = Rules.PERCENTAGE_MESSAGE)
        @JsonPropertyDescription("Calls that are refused for being too many.")
        String throttled,
    @Default("0%")
        @Size(max = 8)
        @ValidationRule(value = Rules.PERCENTAGE, message = Rules.PERCENTAGE_MESSAGE)
        @JsonPropertyDescription("Calls that do what they are asked and then seem to fail.")
        String answerLost,
    @Default("0%")
        @Size(max = 8)
        @ValidationRule(value = Rules.PERCENTAGE, message = Rules.PERCENTAGE_MESSAGE)
        @JsonPropertyDescription("Requests for a group that find no room.")
        String noCapacity,
    @Default("0%")
        @Size(max = 8)
        @ValidationRule(value = Rules.PERCENTAGE, message = Rules.PERCENTAGE_MESSAGE)
        @JsonPropertyDescription("Groups that vanish some time after they started.")
        String groupLost,
    @Default("0%")
        @Size(max = 8)
        @ValidationRule(value = Rules.PERCENTAGE, message = Rules.PERCENTAGE_MESSAGE)
        @JsonPropertyDescription(
            "Containers that end with 1, of those whose command is not understood and that end at"
                + " all.")
        String nonZeroExit,
    @Default("0%")
        @Size(max = 8)
        @ValidationRule(value = Rules.PERCENTAGE, message = Rules.PERCENTAGE_MESSAGE)
        @JsonPropertyDescription("Lists that show what was `staleBy` ago.")
        String staleLists,
    @Default("5s")
        @Size(max = 32)
        @ValidationRule(
            value = Rules.SHORT_TIME + "duration('2m')",
            message = "{field} must be a time from 1ms to 2m, such as 5s: older lists are not kept")
        @JsonPropertyDescription("How old such a list is, such as `5s`.")
        String staleBy,
    @Default("0%")
        @Size(max = 8)
        @ValidationRule(value = Rules.PERCENTAGE, message = Rules.PERCENTAGE_MESSAGE)
        @JsonPropertyDescription("Lists that take `slowBy` longer.")
        String slowLists,
    @Default("5s")
        @Size(max = 32)
        @ValidationRule(
            value = Rules.SHORT_TIME + "duration('5m')",
            message = "{field} must be a time from 1ms to 5m, such as 5s")
        @JsonPropertyDescription("How much longer they take, such as `5s`.")
        String slowBy) {}
