package io.virtualnodes.kubelet;

import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Streams;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/** A backend's streams that answer what a test says, and keep what they were asked. */
final class FakeStreams implements Streams {

  record Asked(GroupId id, String container, LogOptions options) {}

  final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
  volatile Supplier<Optional<InputStream>> logs = Optional::empty;
  volatile Supplier<List<ContainerUsage>> usage = Streams.super::usage;

  @Override
  public Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    asked.add(new Asked(id, container, options));
    return logs.get();
  }

  @Override
  public List<ContainerUsage> usage() {
    return usage.get();
  }
}
