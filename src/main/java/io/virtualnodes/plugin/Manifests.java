package io.virtualnodes.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The pods of a file of manifests: those that stand in it, and one of each template. */
final class Manifests {
  // What controllers put behind a template's name, by its length: names of pods can be too long.
  private static final Map<String, String> SUFFIXES =
      Map.of(
          "Deployment", "-0000000000-00000",
          "ReplicaSet", "-00000",
          "ReplicationController", "-00000",
          "DaemonSet", "-00000",
          "StatefulSet", "-0",
          "Job", "-00000",
          "CronJob", "-00000000-00000",
          "PodTemplate", "-00000");

  private final String file;
  private final String namespace;
  private final List<Candidate> candidates = new ArrayList<>();

  /**
   * A pod that is to be looked at.
   *
   * @param title what it is to its author, such as {@code Deployment default/web}
   * @param path of the pod in its manifest, empty or such as {@code spec.template.}; paths of
   *     fields are told behind it
   * @param pod complete, as a node would see it
   */
  record Candidate(String title, String path, Pod pod) {}

  private Manifests(String file, String namespace) {
    this.file = file;
    this.namespace = namespace;
  }

  /**
   * @param file whose name errors begin with
   * @param namespace of what says none
   * @throws BadInput if the text is no YAML, or has no pod in it, or one that cannot be
   */
  static List<Candidate> read(String file, String text, String namespace) {
    var manifests = new Manifests(file, namespace);
    var documents = Yaml.documents(file, text);
    for (int i = 0; i < documents.size(); i++) {
      manifests.add(
          documents.get(i), documents.size() == 1 ? file : file + ", document " + (i + 1));
    }
    if (manifests.candidates.isEmpty()) {
      throw new BadInput(file + ": has no pod and no template of pods");
    }
    return List.copyOf(manifests.candidates);
  }

  private void add(JsonNode manifest, String at) {
    var kind = manifest.path("kind").asText();
    if (kind.isEmpty()) {
      throw new BadInput(at + ": kind: is required");
    }
    if (kind.equals("List")) {
      int index = 0;
      for (var item : manifest.path("items")) {
        add(item, at + ", items[" + index++ + "]");
      }
    } else if (kind.equals("Pod")) {
      addPod(manifest, at);
    } else if (SUFFIXES.containsKey(kind)) {
      addTemplate(kind, manifest, at);
    }
    // Others have no pods, and stand beside those that have.
  }

  private void addPod(JsonNode manifest, String at) {
    var pod = Yaml.object(manifest, Pod.class, at + ": ");
    var metadata =
        Optional.ofNullable(pod.getMetadata()).orElseGet(() -> new ObjectMetaBuilder().build());
    var name = name(metadata.getName(), metadata.getGenerateName(), at, "-00000");
    metadata.setName(name);
    metadata.setNamespace(Optional.ofNullable(metadata.getNamespace()).orElse(namespace));
    pod.setMetadata(metadata);
    add("Pod", name, "", pod, at);
  }

  private void addTemplate(String kind, JsonNode manifest, String at) {
    var path =
        switch (kind) {
          case "CronJob" -> "/spec/jobTemplate/spec/template";
          case "PodTemplate" -> "/template";
          default -> "/spec/template";
        };
    var dotted = path.substring(1).replace('/', '.') + ".";
    if (!manifest.at(path).isObject()) {
      throw new BadInput(at + ": " + dotted.substring(0, dotted.length() - 1) + ": is required");
    }
    var template = Yaml.object(manifest.at(path), PodTemplateSpec.class, at + ": " + dotted);
    var owner = manifest.path("metadata");
    var name =
        name(
            owner.path("name").asText(null), owner.path("generateName").asText(null), at, "-00000");
    var metadata =
        new ObjectMetaBuilder(
                Optional.ofNullable(template.getMetadata())
                    .orElseGet(() -> new ObjectMetaBuilder().build()))
            .withName(name + SUFFIXES.get(kind))
            .withNamespace(owner.path("namespace").asText(namespace))
            .build();
    if (!kind.equals("PodTemplate")) {
      metadata.setOwnerReferences(
          List.of(
              new OwnerReferenceBuilder()
                  .withKind(controller(kind))
                  .withName(name)
                  .withController(true)
                  .build()));
    }
    var pod = new PodBuilder().withMetadata(metadata).withSpec(template.getSpec()).build();
    if (kind.equals("StatefulSet")) {
      addClaims(manifest, pod, at);
    }
    add(kind, name, dotted, pod, at);
  }

  /** Of which kind the pod's own controller is. */
  private static String controller(String kind) {
    return switch (kind) {
      case "Deployment" -> "ReplicaSet";
      case "CronJob" -> "Job";
      default -> kind;
    };
  }

  /** As the StatefulSet's controller does: each is a volume, in the place of one of its name. */
  private static void addClaims(JsonNode manifest, Pod pod, String at) {
    if (pod.getSpec() == null) {
      return;
    }
    for (var template : manifest.at("/spec/volumeClaimTemplates")) {
      var claim =
          Yaml.object(template, PersistentVolumeClaim.class, at + ": spec.volumeClaimTemplates[].");
      var name = claim.getMetadata().getName();
      var volumes = new ArrayList<>(pod.getSpec().getVolumes());
      volumes.removeIf(volume -> name.equals(volume.getName()));
      volumes.add(
          new VolumeBuilder()
              .withName(name)
              .withNewPersistentVolumeClaim()
              .withClaimName(name + "-" + pod.getMetadata().getName())
              .endPersistentVolumeClaim()
              .build());
      pod.getSpec().setVolumes(volumes);
    }
  }

  private static String name(String name, String generated, String at, String suffix) {
    if (name != null && !name.isEmpty()) {
      return name;
    }
    if (generated == null || generated.isEmpty()) {
      throw new BadInput(at + ": metadata.name: is required");
    }
    return generated + suffix.substring(1);
  }

  private void add(String kind, String name, String path, Pod pod, String at) {
    check(pod, at + ": " + path);
    candidates.add(
        new Candidate(
            "%s %s/%s".formatted(kind, pod.getMetadata().getNamespace(), name),
            path,
            PodDefaults.of(pod)));
  }

  private void check(Pod pod, String at) {
    if (pod.getSpec() == null || pod.getSpec().getContainers().isEmpty()) {
      throw new BadInput(at + "spec.containers: at least one is required");
    }
    check(at + "spec.containers", pod.getSpec().getContainers());
    check(at + "spec.initContainers", pod.getSpec().getInitContainers());
  }

  private static void check(
      String list, List<io.fabric8.kubernetes.api.model.Container> containers) {
    for (int i = 0; i < containers.size(); i++) {
      for (var field : List.of("name", "image")) {
        var value =
            field.equals("name") ? containers.get(i).getName() : containers.get(i).getImage();
        if (value == null || value.isEmpty()) {
          throw new BadInput("%s[%d].%s: is required".formatted(list, i, field));
        }
      }
    }
  }
}
