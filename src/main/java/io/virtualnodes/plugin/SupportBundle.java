package io.virtualnodes.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Collects what helps somebody else to find out what is wrong: by {@link BundleFields} only. */
final class SupportBundle {
  private static final String FOLDER = "virtual-nodes/";
  private static final int LOG_LINES = 5000;

  private final KubernetesClient client;
  private final ClusterFacts facts;
  private final ClusterReader reader;
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final List<String> leftOut = new ArrayList<>();

  private SupportBundle(KubernetesClient client, ClusterFacts facts) {
    this.client = client;
    this.facts = facts;
    this.reader = new ClusterReader(client);
  }

  /**
   * Writes it as a tar archive, compressed by gzip.
   *
   * @return what could not be collected, for people
   * @throws BadInput if the file is there already or cannot be written
   */
  static List<String> write(
      Path file, KubernetesClient client, ClusterFacts facts, List<Finding> findings) {
    var bundle = new SupportBundle(client, facts);
    bundle.collect(findings);
    try {
      bundle.writeTo(file);
    } catch (FileAlreadyExistsException e) {
      throw new BadInput("--bundle: " + file + " is there already", e);
    } catch (IOException e) {
      throw new BadInput("--bundle: " + file + " cannot be written: " + e, e);
    }
    return List.copyOf(bundle.leftOut);
  }

  private void collect(List<Finding> findings) {
    addText("findings.json", OutputOptions.json(new Finding.All(findings, Optional.empty())));
    add("pools.json", facts.pools().stream().map(PoolFacts::pool).toList(), BundleFields.POOL);
    add(
        "nodes.json",
        facts.pools().stream().flatMap(pool -> pool.nodes().stream()).toList(),
        BundleFields.NODE);
    var pods = pods();
    add("pods.json", pods, BundleFields.POD);
    leases();
    events(pods);
    logs();
    addText("left-out.json", OutputOptions.json(Map.of("leftOut", leftOut)));
  }

  private List<Pod> pods() {
    return facts.pools().stream()
        .flatMap(pool -> pool.pods().values().stream())
        .flatMap(List::stream)
        .toList();
  }

  private void leases() {
    var names =
        facts.pools().stream()
            .flatMap(pool -> pool.nodes().stream())
            .map(node -> node.getMetadata().getName())
            .collect(Collectors.toSet());
    var leases = new ArrayList<>(known("leases of nodes", facts.nodeLeases(), Map.of()).values());
    leases.removeIf(lease -> !names.contains(lease.getMetadata().getName()));
    leases.addAll(known("the operator's lease", facts.leader(), List.of()));
    add("leases.json", leases, BundleFields.LEASE);
  }

  private void events(List<Pod> pods) {
    var about = new HashSet<String>();
    for (var pool : facts.pools()) {
      about.add(pool.pool().getMetadata().getUid());
      // A node's events name it in the place of its uid.
      pool.nodes().forEach(node -> about.addAll(uids(node)));
    }
    pods.forEach(pod -> about.addAll(uids(pod)));
    Reading<List<Event>> events =
        Reading.of(() -> client.v1().events().inAnyNamespace().list().getItems());
    var array = JsonNodeFactory.instance.arrayNode();
    known("events", events, List.of()).stream()
        .filter(event -> about.contains(event.getInvolvedObject().getUid()))
        .forEach(event -> array.add(BundleFields.event(json(event))));
    addText("events.json", array.toPrettyString());
  }

  private static Set<String> uids(HasMetadata object) {
    return Set.of(object.getMetadata().getUid(), object.getMetadata().getName());
  }

  private void logs() {
    var pods = known("the operator's pods", reader.operatorPods(), List.of());
    if (pods.isEmpty()) {
      leftOut.add("the operator's logs: it has no pod in this cluster");
    }
    for (var pod : pods) {
      var name = pod.getMetadata().getName();
      Reading<String> log =
          Reading.of(
              () ->
                  client
                      .pods()
                      .inNamespace(pod.getMetadata().getNamespace())
                      .withName(name)
                      .tailingLines(LOG_LINES)
                      .getLog());
      var text = known("the log of " + name, log, "");
      addText(
          "operator/" + name + ".log",
          text.lines().map(BundleFields::line).collect(Collectors.joining("\n", "", "\n")));
    }
  }

  private <T> T known(String what, Reading<T> reading, T nothing) {
    if (reading instanceof Reading.Unreadable<T>(_, var why)) {
      leftOut.add(what + ": " + why);
    }
    return reading.or(nothing);
  }

  private void add(String file, Collection<? extends HasMetadata> objects, JsonNode list) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    objects.forEach(object -> array.add(BundleFields.of(json(object), list)));
    addText(file, array.toPrettyString());
  }

  private JsonNode json(Object object) {
    return client.getKubernetesSerialization().convertValue(object, JsonNode.class);
  }

  private void addText(String file, String text) {
    files.put(FOLDER + file, text.getBytes(UTF_8));
  }

  private void writeTo(Path file) throws IOException {
    try (var out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
        var tar = new TarArchiveOutputStream(new GZIPOutputStream(out), UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (var entry : files.entrySet()) {
        var header = new TarArchiveEntry(entry.getKey());
        header.setSize(entry.getValue().length);
        tar.putArchiveEntry(header);
        tar.write(entry.getValue());
        tar.closeArchiveEntry();
      }
    }
  }
}
