package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sentences are those of the engine, of 20.10 and of 28. */
class DockerFailuresTest {

  private static DockerException said(int status, String message) {
    return new DockerException("{\"message\":\"" + message.replace("\"", "\\\"") + "\"}\n", status);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          404 | network no-such-network not found                                                                          | Denied
          404 | failed to set up container networking: network no-such-network not found                                   | Denied
          401 | unauthorized: authentication required                                                                      | Denied
          403 | authorization denied by plugin                                                                             | Denied
          403 | no available IPv4 addresses on this network's address pools: bridge (abc)                                  | NoCapacity
          500 | failed to create endpoint x on network bridge: no available IPv4 addresses on this network's address pools | NoCapacity
          500 | Error response: mkdir /var/lib/docker/overlay2/x: no space left on device                                  | NoCapacity
          500 | failed to create shim task: fork/exec: cannot allocate memory                                              | NoCapacity
          400 | Minimum memory limit allowed is 6MB                                                                        | Rejected
          400 | invalid mount config for type "bind": bind source path does not exist: /x                                  | Rejected
          409 | Conflict. The container name "/x" is already in use by container "y".                                      | Unavailable
          500 | Get "https://registry/v2/": dial tcp: lookup registry: no such host                                        | Unavailable
          503 | the engine is shutting down                                                                                | Unavailable
          404 | No such image: some/image:1                                                                                | Unavailable
          """)
  void whatTheEngineSaysHasOneMeaning(int status, String message, String kind) {
    var failure = said(status, message);

    var meaning = DockerFailures.of(failure);

    assertThat(meaning.getClass().getSimpleName()).isEqualTo(kind);
    assertThat(meaning).hasMessage(message).hasCause(failure);
  }

  @ParameterizedTest
  @MethodSource("silences")
  void anEngineThatSaysNothingIsUnavailable(RuntimeException failure) {
    assertThat(DockerFailures.of(failure)).isInstanceOf(BackendException.Unavailable.class);
  }

  static Stream<RuntimeException> silences() {
    return Stream.of(
        new RuntimeException(new ConnectException("Connection refused")),
        new RuntimeException(new SocketException("No such file or directory")),
        new RuntimeException(new java.net.SocketTimeoutException("Read timed out")),
        new RuntimeException(new ClosedChannelException()),
        new RuntimeException(new IOException()),
        new IllegalStateException("Connection pool shut down"));
  }

  @Test
  void aFailureThatIsKnownAlreadyStaysAsItIs() {
    var known = new BackendException.NoCapacity("full", null);

    assertThat(DockerFailures.of(known)).isSameAs(known);
  }

  @Test
  void aConnectionThatFailsSaysWhy() {
    assertThat(DockerFailures.of(new RuntimeException(new ConnectException("Connection refused"))))
        .hasMessage("the engine does not answer: Connection refused");
  }

  @Test
  void aMissingImageIsTold() {
    assertThat(DockerFailures.imageIsMissing(said(404, "No such image: some/image:1"))).isTrue();
    assertThat(DockerFailures.imageIsMissing(said(404, "No such container: x"))).isFalse();
    assertThat(DockerFailures.imageIsMissing(said(500, "No such image: x"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "invalid reference format",
        "invalid reference format: repository name must be lowercase",
        "invalid reference format: repository name (library/Not) must be lowercase"
      })
  void anInvalidImageNameIsTold(String sentence) {
    assertThat(DockerFailures.imageNameIsInvalid(sentence)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "OCI runtime create failed: container_linux.go:380: starting container process caused:"
            + " exec: \"x\": executable file not found in $PATH: unknown",
        "failed to create task for container: failed to create shim task: OCI runtime create"
            + " failed: runc create failed: unable to start container process: exec: \"/x\": stat"
            + " /x: no such file or directory: unknown",
        "OCI runtime create failed: container_linux.go:380: starting container process caused:"
            + " exec: \"/etc\": permission denied: unknown"
      })
  void aCommandThatCannotBeRunLiesInTheContainer(String sentence) {
    assertThat(DockerFailures.liesInTheContainer(sentence)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "network no-such-network not found",
        "no available IPv4 addresses on this network's address pools: bridge (abc)",
        "failed to create shim task: OCI runtime create failed: mkdir: no space left on device",
        "OCI runtime create failed: runc create failed: fork/exec /proc/self/exe: cannot allocate"
            + " memory",
        "cannot join network of a non running container: abc"
      })
  void whatTheEngineLacksDoesNotLieInTheContainer(String sentence) {
    assertThat(DockerFailures.liesInTheContainer(sentence)).isFalse();
  }

  @Test
  void aRemovalThatIsUnderWayIsTold() {
    assertThat(
            DockerFailures.isBeingRemoved(
                said(409, "removal of container abc is already in progress")))
        .isTrue();
    assertThat(DockerFailures.isBeingRemoved(said(409, "Conflict. You cannot remove it")))
        .isFalse();
  }

  @Test
  void theSentenceIsFreedOfItsWrapping() {
    assertThat(
            DockerFailures.sentence(
                new DockerException("Status 500: {\"message\":\"a \\\"b\\\"\\nc \\\\d\"}\n", 500)))
        .isEqualTo("a \"b\" c \\d");
    assertThat(DockerFailures.sentence(new DockerException("plain words", 500)))
        .isEqualTo("plain words");
    assertThat(DockerFailures.sentence(new IOException())).isEqualTo("java.io.IOException");
  }
}
