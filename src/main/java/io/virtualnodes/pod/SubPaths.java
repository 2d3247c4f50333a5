package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.OwnAddress;
import io.virtualnodes.pod.MissingInput.Use;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Mounts of a folder below a volume. Each becomes a volume of its own, so that folders of one empty
 * volume have to lie side by side: where one holds the other, or all of them are seen together,
 * containers would no longer see what the others write.
 */
final class SubPaths {
  private SubPaths() {}

  /** One mount of a volume that begins empty. */
  private record Place(String path, VolumeMount mount) {
    boolean computed() {
      return isSet(mount.getSubPathExpr());
    }

    String folder() {
      return normal(mount.getSubPath());
    }

    /** Nothing is above a folder but itself, and what it lies in. */
    boolean within(Place other) {
      return Path.of("/" + folder()).startsWith(Path.of("/" + other.folder()));
    }
  }

  /** Every mount whose folder would have to be seen through another mount too, by its path. */
  static Stream<String> refusals(Pod pod) {
    var volumes = pod.getSpec().getVolumes();
    return IntStream.range(0, volumes.size())
        .filter(index -> !PodVolumes.holdsFiles(volumes.get(index)))
        .boxed()
        .flatMap(
            index ->
                PodVolumes.claimed(volumes.get(index)) || AzureShares.isOne(volumes.get(index))
                    ? refusalsOfWhole(pod, volumes.get(index))
                    : refusals(pod, volumes.get(index), index).stream());
  }

  /** A folder of it would have to be the same volume, which a link in it can lead out of. */
  private static Stream<String> refusalsOfWhole(Pod pod, Volume volume) {
    return places(pod, volume.getName()).stream()
        .filter(place -> place.computed() || !place.folder().isEmpty())
        .map(
            place ->
                place.path()
                    + (place.computed() ? ".subPathExpr" : ".subPath")
                    + ": of a %s the whole volume can be mounted only; let the program use a"
                        .formatted(PodVolumes.claimed(volume) ? "claim" : "file share")
                    + " folder of it");
  }

  private static List<String> refusals(Pod pod, Volume volume, int index) {
    var places = places(pod, volume.getName());
    var refusals = new ArrayList<String>();
    for (var place : places) {
      if (place.computed() && places.size() > 1) {
        refusals.add(
            place.path()
                + ".subPathExpr: the volume is mounted elsewhere too; give this mount a volume of"
                + " its own");
      } else if (places.stream().anyMatch(other -> inside(place, other))) {
        refusals.add(
            place.path()
                + ".subPath: the folder that it lies in is mounted too; mount folders that lie side"
                + " by side, or the whole volume only");
      }
    }
    boolean several = places.stream().map(Place::folder).distinct().count() > 1;
    if (several && volume.getEmptyDir() != null && volume.getEmptyDir().getSizeLimit() != null) {
      refusals.add(
          "spec.volumes[%d].emptyDir.sizeLimit: cannot be held for several folders together; use a"
                  .formatted(index)
              + " volume for each");
    }
    return refusals;
  }

  private static boolean inside(Place place, Place other) {
    return !other.computed() && place.within(other) && !other.within(place);
  }

  private static List<Place> places(Pod pod, String volume) {
    var spec = pod.getSpec();
    return Stream.concat(
            places("spec.initContainers", spec.getInitContainers()),
            places("spec.containers", spec.getContainers()))
        .filter(place -> place.mount().getName().equals(volume))
        .toList();
  }

  private static Stream<Place> places(String path, List<Container> containers) {
    return IntStream.range(0, containers.size())
        .boxed()
        .flatMap(index -> places(path + "[" + index + "]", containers.get(index)));
  }

  private static Stream<Place> places(String path, Container container) {
    var mounts = container.getVolumeMounts();
    return IntStream.range(0, mounts.size())
        .mapToObj(
            mount -> new Place("%s.volumeMounts[%d]".formatted(path, mount), mounts.get(mount)));
  }

  /**
   * The folder or file of a mount, relative to its volume; empty if all of it is mounted.
   *
   * @throws MissingInput with the kubelet's words, if a variable is missing in it or it leads out
   *     of the volume
   */
  static String of(VolumeMount mount, Map<String, EnvironmentValue> environment) {
    var expression = mount.getSubPathExpr();
    if (!isSet(expression)) {
      return normal(mount.getSubPath());
    }
    var missing =
        VariableExpansion.references(expression)
            .filter(
                name -> !environment.containsKey(name) || environment.get(name).text().isEmpty())
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      throw unusable("missing value for " + missing);
    }
    // Not what it became, which may be secret.
    var path = VariableExpansion.expand(expression, environment).text();
    if (OwnAddress.in(path)) {
      throw unusable(
          "SubPath `%s` needs the pod's own address, which is not known yet".formatted(expression));
    }
    if (path.startsWith("/")) {
      throw unusable("error SubPath `%s` must not be an absolute path".formatted(expression));
    }
    if (List.of(path.split("/")).contains("..")) {
      throw unusable(
          "unable to provision SubPath `%s`: must not contain '..'".formatted(expression));
    }
    return normal(path);
  }

  private static MissingInput unusable(String what) {
    return new MissingInput(new Use.OfEnvironment(), what, null);
  }

  private static String normal(String path) {
    return isSet(path) ? Path.of(path).normalize().toString() : "";
  }

  private static boolean isSet(String text) {
    return text != null && !text.isEmpty();
  }
}
