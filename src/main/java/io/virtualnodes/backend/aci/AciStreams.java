package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Streams;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What Azure lets people see of a group. */
final class AciStreams implements Streams {
  private final ArmClient azure;
  private final AciNames names;
  private final Predicate<String> gone;

  /**
   * @param gone whether a group was deleted that Azure may still show
   */
  AciStreams(ArmClient azure, AciNames names, Predicate<String> gone) {
    this.azure = azure;
    this.names = names;
    this.gone = gone;
  }

  /** Azure keeps the last 4 MB of a log, and 16 KB of it once the group is stopped. */
  @Override
  public Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    if (options.previous()) {
      throw new BackendException.Unsupported(
          List.of("logs of the instance before (previous): Azure keeps the present one's only"));
    }
    if (options.follow()) {
      throw new BackendException.Unsupported(
          List.of("following a log: Azure gives what was written, and no more as it comes"));
    }
    var tail = AciLog.azureCountsLines(options) ? (int) options.tailLines().getAsLong() : null;
    var name = names.group(id);
    if (gone.test(name)) {
      return Optional.empty();
    }
    return azure
        .logs(name, container, tail, AciLog.needsTimes(options))
        .map(text -> new ByteArrayInputStream(AciLog.select(text, options)));
  }
}
