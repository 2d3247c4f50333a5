package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the API server would have written into a pod by the time that a node sees it, as far as it
 * makes a difference here: pure.
 *
 * @see <a
 *     href="https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/v1/defaults.go">Its
 *     defaults</a>
 */
final class PodDefaults {
  private static final String UID = "00000000-0000-0000-0000-000000000000";
  private static final long GRACE_SECONDS = 30;

  // https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume
  private static final String TOKEN_VOLUME = "kube-api-access-00000";
  private static final String TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
  private static final long TOKEN_SECONDS = 3607;
  private static final int READABLE = 0644;

  private PodDefaults() {}

  /** A copy that is complete. */
  static Pod of(Pod given) {
    var pod = new PodBuilder(given).build();
    var metadata = pod.getMetadata();
    metadata.setUid(Optional.ofNullable(metadata.getUid()).orElse(UID));
    var spec = pod.getSpec();
    spec.setRestartPolicy(Optional.ofNullable(spec.getRestartPolicy()).orElse("Always"));
    spec.setDnsPolicy(Optional.ofNullable(spec.getDnsPolicy()).orElse("ClusterFirst"));
    spec.setTerminationGracePeriodSeconds(
        Optional.ofNullable(spec.getTerminationGracePeriodSeconds()).orElse(GRACE_SECONDS));
    containers(pod).forEach(PodDefaults::complete);
    if (!Boolean.FALSE.equals(spec.getAutomountServiceAccountToken())) {
      addToken(pod);
    }
    return pod;
  }

  private static Stream<Container> containers(Pod pod) {
    return Stream.concat(
        pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream());
  }

  private static void complete(Container container) {
    container.setImagePullPolicy(
        Optional.ofNullable(container.getImagePullPolicy())
            .orElseGet(() -> pullPolicy(container.getImage())));
    var resources = container.getResources();
    if (resources != null && resources.getLimits() != null) {
      Map<String, Quantity> requests = new HashMap<>(resources.getLimits());
      requests.putAll(Optional.ofNullable(resources.getRequests()).orElse(Map.of()));
      resources.setRequests(requests);
    }
  }

  /** https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting */
  private static String pullPolicy(String image) {
    var name = image.substring(image.lastIndexOf('/') + 1);
    boolean newest = !name.contains("@") && (!name.contains(":") || name.endsWith(":latest"));
    return newest ? "Always" : "IfNotPresent";
  }

  /** Unless somebody has put a volume there. */
  private static void addToken(Pod pod) {
    var without =
        containers(pod)
            .filter(
                container ->
                    container.getVolumeMounts().stream()
                        .noneMatch(mount -> TOKEN_PATH.equals(mount.getMountPath())))
            .toList();
    if (without.isEmpty()) {
      return;
    }
    without.forEach(
        container -> {
          var mounts = new ArrayList<>(container.getVolumeMounts());
          mounts.add(
              new VolumeMountBuilder()
                  .withName(TOKEN_VOLUME)
                  .withMountPath(TOKEN_PATH)
                  .withReadOnly(true)
                  .build());
          container.setVolumeMounts(mounts);
        });
    List<Volume> volumes = new ArrayList<>(pod.getSpec().getVolumes());
    volumes.add(token());
    pod.getSpec().setVolumes(volumes);
  }

  private static Volume token() {
    return new VolumeBuilder()
        .withName(TOKEN_VOLUME)
        .withNewProjected()
        .withDefaultMode(READABLE)
        .addNewSource()
        .withNewServiceAccountToken()
        .withExpirationSeconds(TOKEN_SECONDS)
        .withPath("token")
        .endServiceAccountToken()
        .endSource()
        .addNewSource()
        .withNewConfigMap()
        .withName("kube-root-ca.crt")
        .addNewItem()
        .withKey("ca.crt")
        .withPath("ca.crt")
        .endItem()
        .endConfigMap()
        .endSource()
        .addNewSource()
        .withNewDownwardAPI()
        .addNewItem()
        .withPath("namespace")
        .withNewFieldRef()
        .withApiVersion("v1")
        .withFieldPath("metadata.namespace")
        .endFieldRef()
        .endItem()
        .endDownwardAPI()
        .endSource()
        .endProjected()
        .build();
  }
}
