package io.virtualnodes.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** That nobody is sent to where nothing is. */
class LinksTest {

  @Test
  void everyLinkLeadsToAPageAndAHeadingThatAreThere() {
    var broken = new ArrayList<String>();
    int links = 0;
    for (var page : Page.all()) {
      for (var link : page.links()) {
        if (link.startsWith("https://")) {
          continue;
        }
        links++;
        if (!leadsSomewhere(page, link)) {
          broken.add(page.file() + " -> " + link);
        }
      }
    }

    assertThat(broken).isEmpty();
    assertThat(links).isGreaterThan(50);
  }

  private static boolean leadsSomewhere(Page page, String link) {
    var parts = link.split("#", 2);
    var folder = page.file().toAbsolutePath().getParent();
    var target = parts[0].isEmpty() ? page.file() : folder.resolve(parts[0]).normalize();
    if (!Files.exists(target)) {
      return false;
    }
    return parts.length == 1 || Page.read(target).anchors().contains(parts[1]);
  }

  @Test
  void theIndexLeadsToEveryPage() {
    var index = Page.read(Path.of("docs", "README.md"));
    var led =
        index.links().stream()
            .filter(link -> !link.contains(":"))
            .map(link -> index.file().resolveSibling(link.split("#", 2)[0]).normalize())
            .collect(Collectors.toSet());

    assertThat(Page.all())
        .extracting(Page::file)
        .filteredOn(file -> file.startsWith("docs") && !file.equals(index.file()))
        .allSatisfy(file -> assertThat(led).contains(file));
  }
}
