package io.virtualnodes.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * What is in a file that {@code kubectl vnode doctor --bundle} wrote.
 *
 * @param files their texts by name, in their order
 */
public record UnpackedBundle(Map<String, String> files) {

  public static UnpackedBundle of(Path bundle) throws IOException {
    var files = new LinkedHashMap<String, String>();
    try (var tar = new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(bundle)))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        files.put(entry.getName(), new String(tar.readAllBytes(), UTF_8));
      }
    }
    return new UnpackedBundle(files);
  }
}
