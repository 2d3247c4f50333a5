package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.virtualnodes.backend.BackendException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** The calls of an engine that are about files of containers, which need not run. */
final class FileCalls {
  // An object of Kubernetes has at most a megabyte or so, and a volume is made of a few.
  private static final int LARGEST_ARCHIVE = 32 << 20;
  private static final long LARGEST_FILE = 16L << 20;

  private final DockerEngine engine;
  private final DockerClient client;
  private final DockerHttpClient transport;

  /**
   * @param transport for calls that last
   */
  FileCalls(DockerEngine engine, DockerClient client, DockerHttpClient transport) {
    this.engine = engine;
    this.client = client;
    this.transport = transport;
  }

  /** Unpacks a tar archive in a folder of a container, which need not have been started. */
  void unpack(String id, String folder, byte[] archive) {
    engine.asked(
        () ->
            client
                .copyArchiveToContainerCmd(id)
                .withTarInputStream(new ByteArrayInputStream(archive))
                .withRemotePath(folder)
                .exec());
  }

  /**
   * A folder of a container as a tar archive, as it is now, whether or not the container runs;
   * empty if either is gone.
   *
   * @throws BackendException.Unavailable also if it is larger than any volume of files is
   */
  Optional<byte[]> archive(String id, String folder) {
    return engine.found(
        () -> {
          try (var stream = client.copyArchiveFromContainerCmd(id, folder).exec()) {
            var bytes = stream.readNBytes(LARGEST_ARCHIVE + 1);
            if (bytes.length > LARGEST_ARCHIVE) {
              throw new BackendException.Unavailable(folder + " is too large to be read", null);
            }
            return bytes;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /**
   * The end of a file of a container, which need not run; empty if there is no such file. One that
   * the engine cannot give is told instead of it, in the kubelet's words: nothing that a container
   * does to its file may keep its end from being seen.
   *
   * @param most how many bytes at most
   */
  Optional<String> end(String id, String path, int most) {
    var request =
        Request.builder()
            .method(Request.Method.GET)
            .path(
                "/containers/%s/archive?path=%s"
                    .formatted(id, URLEncoder.encode(path, StandardCharsets.UTF_8)))
            .build();
    return engine.asked(
        () -> {
          // Closing it breaks the delivery off.
          try (var response = transport.execute(request)) {
            return switch (response.getStatusCode()) {
              case 200 -> end(response, path, most);
              case 404 -> Optional.empty();
              default ->
                  Optional.of(
                      unread(
                          path,
                          new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8)));
            };
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static Optional<String> end(Response archive, String path, int most) throws IOException {
    var tar = new TarArchiveInputStream(archive.getBody());
    var entry = tar.getNextEntry();
    if (entry == null || !entry.isFile()) {
      return Optional.empty();
    }
    // The engine gives whole files only.
    return Optional.of(
        entry.getSize() > LARGEST_FILE
            ? unread(path, "it has " + entry.getSize() + " bytes")
            : LastWordsReader.end(tar, most));
  }

  private static String unread(String path, String why) {
    return "Error on reading termination log " + path + ": " + why.strip();
  }
}
