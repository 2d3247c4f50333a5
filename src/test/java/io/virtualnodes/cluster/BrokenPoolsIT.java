package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * That the API server refuses what a pool cannot be, and tells {@code kubectl apply} which field is
 * wrong and what to write instead.
 */
class BrokenPoolsIT {
  private static final Path FOLDER = Path.of("src/test/resources/broken-pools");
  private static final String REFUSAL = "# refused: ";

  private static Kubectl kubectl;

  /**
   * A file of {@link #FOLDER}: one pool that is refused, or a pool that is accepted and what it
   * cannot become.
   *
   * @param refusals what kubectl prints, from the lines above the pool
   */
  record BrokenPool(String name, List<String> refusals, List<String> documents) {
    static BrokenPool in(Path file) {
      try {
        String text = Files.readString(file, UTF_8);
        var refusals =
            text.lines()
                .filter(line -> line.startsWith(REFUSAL))
                .map(line -> line.substring(REFUSAL.length()))
                .toList();
        return new BrokenPool(
            file.getFileName().toString(), refusals, List.of(text.split("(?m)^---$")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<BrokenPool> brokenPools() throws IOException {
    try (var files = Files.list(FOLDER)) {
      return files.sorted().map(BrokenPool::in).toList().stream();
    }
  }

  @BeforeAll
  static void applyTheCrd() {
    var cluster = Cluster.of(BrokenPoolsIT.class);
    cluster.rights();
    kubectl = cluster.kubectl();
  }

  @ParameterizedTest
  @MethodSource("brokenPools")
  void isRefusedWithTheFieldAndTheRemedy(BrokenPool pool) {
    var before = pool.documents().subList(0, pool.documents().size() - 1);
    try {
      before.forEach(accepted -> kubectl.runWith(accepted, "apply", "-f", "-"));

      var outcome = kubectl.attemptWith(pool.documents().getLast(), "apply", "-f", "-");

      assertThat(outcome.succeeded()).as(outcome.toString()).isFalse();
      assertThat(pool.refusals()).as("lines of %s with %s", pool, REFUSAL).isNotEmpty();
      assertThat(outcome.errors()).contains(pool.refusals());
    } finally {
      before.forEach(
          accepted -> kubectl.attemptWith(accepted, "delete", "--wait=false", "-f", "-"));
    }
  }
}
