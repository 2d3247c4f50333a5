package io.virtualnodes.pod;

import static io.virtualnodes.pod.ObjectVersions.PERIOD;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LiveFiles;
import io.virtualnodes.pod.FilesMade.Sources;
import io.virtualnodes.pod.ObjectVersions.Subject;
import io.virtualnodes.pod.PodReferences.TokenTerms;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the files of the running pods of one node as what they come from says. What it remembers
 * spares requests and nothing else: what a pod's files are now stands at the backend, and is read
 * there before anything is written.
 */
final class FileRefresh {
  private static final Logger log = LoggerFactory.getLogger(FileRefresh.class);

  private final NodeFacts node;
  private final Optional<LiveFiles> files;
  private final PodInputsReader inputs;
  private final ObjectVersions versions;
  private final PodEvents events;
  private final InstantSource clock;
  private final Instant began;
  // JOSDK runs one reconcile a pod at a time, so an entry has one writer.
  private final ConcurrentMap<String, FilesMade> known = new ConcurrentHashMap<>();

  /**
   * @param files empty if the backend cannot change any
   */
  FileRefresh(
      NodeFacts node,
      Optional<LiveFiles> files,
      PodInputsReader inputs,
      PodEvents events,
      InstantSource clock) {
    this.node = node;
    this.files = files;
    this.inputs = inputs;
    this.versions = new ObjectVersions(inputs::version);
    this.events = events;
    this.clock = clock;
    this.began = clock.instant();
  }

  /** A pod's group was made of these. */
  void launched(Pod pod, PodInputs read) {
    remember(pod, PodReferences.ofFiles(pod), read);
  }

  void forget(String podUid) {
    known.remove(podUid);
  }

  /**
   * Brings the files of a pod that runs up to date, if it is time to look.
   *
   * @return when to look again; empty if they never change
   */
  Optional<Duration> refresh(Pod pod, GroupId group) {
    var references = PodReferences.ofFiles(pod);
    if (files.isEmpty() || references.isEmpty()) {
      return Optional.empty();
    }
    var uid = pod.getMetadata().getUid();
    var now = clock.instant();
    var firstLook = FilesMade.firstLook(uid, began);
    if (!known.containsKey(uid) && firstLook.isAfter(now)) {
      return Optional.of(Duration.between(now, firstLook));
    }
    try {
      var answers =
          references.subjects(pod).stream()
              .collect(Collectors.toMap(subject -> subject, one -> versions.of(one, now)));
      var present = new HashMap<Subject, Optional<String>>();
      answers.forEach((subject, answer) -> present.put(subject, answer.version()));
      var sources = Sources.of(pod, references, node, present);
      var made = Optional.ofNullable(known.get(uid));
      if (made.isEmpty() || made.get().outdated(sources, now)) {
        if (!replace(pod, group, references, files.get())) {
          return Optional.of(PERIOD);
        }
      }
      var next =
          answers.values().stream().map(ObjectVersions.Answer::until).min(Instant::compareTo);
      return earlier(next, known.get(uid).renewAt())
          .map(at -> at.isAfter(now) ? Duration.between(now, at) : PERIOD);
    } catch (MissingInput e) {
      // Such as a service account that is gone: it will have no other token.
      events.filesKept(pod, e);
      return again(pod, e);
    } catch (BackendException | KubernetesClientException e) {
      return again(pod, e);
    }
  }

  private static Optional<Duration> again(Pod pod, RuntimeException failure) {
    log.atWarn()
        .addKeyValue("pod", key(pod))
        .addKeyValue("failure", failure.getMessage())
        .log("files of the pod not refreshed, trying again in a minute");
    return Optional.of(PERIOD);
  }

  /** Whether the group has its files already, so that they could be changed. */
  private boolean replace(Pod pod, GroupId group, PodReferences references, LiveFiles live) {
    var volumes = PodReferences.mountedVolumes(pod).filter(PodVolumes::holdsFiles).toList();
    var names = volumes.stream().map(volume -> volume.getName()).collect(Collectors.toSet());
    var found =
        live.read(group, names).stream()
            .collect(Collectors.toMap(Volume.Files::name, volume -> volume));
    if (found.isEmpty()) {
      return false;
    }
    var read = inputs.readForFiles(pod, references, stillGood(references, found));
    var changed = new ArrayList<Volume.Files>();
    for (var volume : volumes) {
      var before = found.get(volume.getName());
      try {
        var files = PodVolumes.files(pod, volume, read, node);
        if (before != null && differ(before, files)) {
          changed.add(files);
        }
      } catch (MissingInput e) {
        // As on a machine: what was there stays.
        events.filesKept(pod, e);
      }
    }
    if (!changed.isEmpty()) {
      live.replace(group, changed);
      log.atInfo()
          .addKeyValue("pod", key(pod))
          .addKeyValue("group", group)
          .addKeyValue("volumes", changed.stream().map(Volume.Files::name).toList())
          .log("files replaced");
    }
    remember(pod, references, read);
    return true;
  }

  private void remember(Pod pod, PodReferences references, PodInputs read) {
    var made = new HashMap<Subject, Optional<String>>();
    var now = clock.instant();
    references
        .subjects(pod)
        .forEach(
            subject -> {
              made.put(subject, read.version(subject));
              versions.saw(subject, read.version(subject), now);
            });
    var renewAt =
        references.tokens().keySet().stream()
            .map(terms -> lifeOf(read.tokens().get(terms), terms, now).renewAt())
            .min(Instant::compareTo);
    known.put(
        pod.getMetadata().getUid(),
        new FilesMade(Sources.of(pod, references, node, made), renewAt));
  }

  /** The tokens in these files that need not be renewed yet, by what they were asked for with. */
  private Map<TokenTerms, String> stillGood(
      PodReferences references, Map<String, Volume.Files> found) {
    var now = clock.instant();
    var good = new HashMap<TokenTerms, String>();
    references
        .tokenFiles()
        .forEach(
            (terms, place) ->
                Optional.ofNullable(found.get(place.volume())).stream()
                    .flatMap(volume -> volume.files().stream())
                    .filter(file -> file.path().equals(place.path()))
                    .map(file -> new String(file.content(), StandardCharsets.UTF_8))
                    .filter(
                        token ->
                            TokenLife.of(token)
                                .filter(life -> life.renewAt().isAfter(now))
                                .isPresent())
                    .forEach(token -> good.put(terms, token)));
    return good;
  }

  /** One that does not tell is taken to live as long as was asked for. */
  private static TokenLife lifeOf(String token, TokenTerms terms, Instant now) {
    return TokenLife.of(token)
        .orElseGet(
            () -> new TokenLife(now, now.plusSeconds(terms.seconds().orElse(TokenTerms.USUAL))));
  }

  private static boolean differ(Volume.Files one, Volume.Files other) {
    return !byPath(one).equals(byPath(other));
  }

  private static Map<String, File> byPath(Volume.Files volume) {
    return volume.files().stream().collect(Collectors.toMap(File::path, file -> file));
  }

  private static Optional<Instant> earlier(Optional<Instant> one, Optional<Instant> other) {
    return List.of(one, other).stream()
        .flatMap(Optional::stream)
        .filter(at -> at.isBefore(Instant.MAX))
        .min(Instant::compareTo);
  }

  private static String key(Pod pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }
}
