package io.virtualnodes.plugin;

import java.util.List;
import java.util.Optional;

/**
 * What {@code explain} says of one pod, at each pool that was asked about.
 *
 * @param pod its kind, namespace and name
 * @param runs whether one of the pools would run it
 */
record Explanation(String pod, boolean runs, List<AtPool> pools) {
  Explanation {
    pools = List.copyOf(pools);
  }

  /** All that is printed with {@code -o json}. */
  record All(List<Explanation> pods) {
    All {
      pods = List.copyOf(pods);
    }
  }

  /**
   * At one pool.
   *
   * @param backend the name of the rung
   * @param kind of that: aci, docker, fargate or simulated
   * @param runs whether it would be scheduled to a node of the pool and run there
   * @param notScheduled why the scheduler would not put it there, by path
   * @param refusals why it could not run there, by path
   * @param waits what it would wait for, if not even its author's own parts fit together
   * @param ifRefused Failed or Pending: what becomes of a refused pod that is there all the same
   * @param requested what its containers request, as the scheduler counts it
   * @param size how large it would be at the backend
   * @param price while it is there
   * @param assumed what has to be there, and was not looked for
   * @param warnings what else its author had better know
   */
  record AtPool(
      String pool,
      String backend,
      String kind,
      boolean runs,
      List<String> notScheduled,
      List<String> refusals,
      Optional<String> waits,
      Optional<String> ifRefused,
      Optional<Amount> requested,
      Optional<Size> size,
      Optional<HourlyPrice> price,
      List<String> assumed,
      List<String> warnings) {
    AtPool {
      notScheduled = List.copyOf(notScheduled);
      refusals = List.copyOf(refusals);
      assumed = List.copyOf(assumed);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * @param text the same in the backend's own units
   */
  record Size(String cpu, String memory, String text) {}

  /**
   * @param perHour in units of the currency
   */
  record HourlyPrice(String perHour, String currency) {}

  /** For people. */
  String text() {
    var text = new StringBuilder();
    for (var at : pools) {
      text.append(pod)
          .append(at.runs() ? " runs" : " does not run")
          .append(" at pool ")
          .append(at.pool())
          .append(" (")
          .append(at.backend())
          .append(", ")
          .append(at.kind())
          .append(")\n");
      at.notScheduled().forEach(reason -> line(text, "not scheduled", reason));
      at.refusals().forEach(reason -> line(text, "refused", reason));
      at.waits().ifPresent(reason -> line(text, "waits", reason));
      at.ifRefused().ifPresent(phase -> line(text, "if it gets there", "its phase is " + phase));
      at.requested().ifPresent(amount -> line(text, "requests", amount.toString()));
      at.size()
          .ifPresent(
              size ->
                  line(
                      text,
                      "size",
                      "%s CPU, %s (%s)".formatted(size.cpu(), size.memory(), size.text())));
      at.price()
          .ifPresent(
              price -> line(text, "price", price.perHour() + " " + price.currency() + " an hour"));
      at.assumed().forEach(what -> line(text, "has to be there", what));
      at.warnings().forEach(warning -> line(text, "warning", warning));
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String what, String says) {
    text.append("  ").append(what).append(": ").append(says).append('\n');
  }
}
