package io.virtualnodes.backend;

import java.io.InputStream;
import java.util.Optional;

/**
 * What people see of a running group. What a backend cannot do throws {@link
 * BackendException.Unsupported}.
 */
public interface Streams {

  /**
   * The log of one container, standard output and standard error in the order of their lines. Works
   * for finished groups until they are deleted. The stream blocks while the backend delivers, and
   * closing it ends the delivery.
   *
   * @return empty if there is no such group or container here, or no instance of it that has run
   */
  Optional<InputStream> logs(GroupId id, String container, LogOptions options);
}
