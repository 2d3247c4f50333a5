package io.virtualnodes.pod;

import java.util.Arrays;

/** Why the owner of a pod is told something. Some are the kubelet's, in its spelling. */
public enum PodEventReason implements EventReason {
  LAUNCHED("Launched", false, "The backend accepted the pod's group.", ""),
  KILLING(
      "Killing",
      false,
      "The pod's containers are asked to end, or one of them is, since its probe failed.",
      ""),
  BACKEND_UNAVAILABLE(
      "BackendUnavailable",
      true,
      "The backend could not be asked; it is asked again, at most a minute later unless it says"
          + " otherwise.",
      "Nothing, if it passes; else what the backend's own words say."),
  NO_CAPACITY(
      "NoCapacity",
      true,
      "The backend has no room; it is asked again every minute.",
      "Wait, lower the load, or ask the backend for more."),
  BACKEND_DENIED(
      "BackendDenied",
      true,
      "The backend refuses the pool's settings or credentials.",
      "The pool's owner must act."),
  REJECTED(
      "Rejected",
      true,
      "The backend will never run the pod as it is written.",
      "Change what its words name."),
  UNSUPPORTED(
      "Unsupported",
      true,
      "The pod asks for what cannot be had here; the backend was not asked.",
      "Change each field that is named, or let the pod run on machines."),
  CONFIG_ERROR(
      "CreateContainerConfigError",
      true,
      "A container's variables or mounts refer to what cannot be had.",
      "Mend what the message names: it is looked for again, at most 15 seconds later."),
  // These eight are virtual-kubelet's: whoever comes from there has alerts on them.
  MANDATORY_CONFIG_MAP_MISSING(
      "MandatoryConfigMapNotFound",
      true,
      "Variables refer to a ConfigMap that is not there; the pod waits.",
      "Make it: it is looked for again, at most 15 seconds later."),
  MANDATORY_CONFIG_MAP_KEY_MISSING(
      "MandatoryConfigMapKeyNotFound",
      true,
      "A variable refers to a key that a ConfigMap has not; the pod waits.",
      "Add it: it is looked for again, at most 15 seconds later."),
  MANDATORY_SECRET_MISSING(
      "MandatorySecretNotFound",
      true,
      "Variables refer to a Secret that is not there; the pod waits.",
      "Make it: it is looked for again, at most 15 seconds later."),
  MANDATORY_SECRET_KEY_MISSING(
      "MandatorySecretKeyNotFound",
      true,
      "A variable refers to a key that a Secret has not; the pod waits.",
      "Add it: it is looked for again, at most 15 seconds later."),
  OPTIONAL_CONFIG_MAP_MISSING(
      "OptionalConfigMapNotFound",
      false,
      "Variables refer to a ConfigMap that is optional and not there; the pod starts without them.",
      ""),
  OPTIONAL_CONFIG_MAP_KEY_MISSING(
      "OptionalConfigMapKeyNotFound",
      false,
      "A variable refers to an optional key that a ConfigMap has not; the pod starts without it.",
      ""),
  OPTIONAL_SECRET_MISSING(
      "OptionalSecretNotFound",
      false,
      "Variables refer to a Secret that is optional and not there; the pod starts without them.",
      ""),
  OPTIONAL_SECRET_KEY_MISSING(
      "OptionalSecretKeyNotFound",
      false,
      "A variable refers to an optional key that a Secret has not; the pod starts without it.",
      ""),
  FAILED_MOUNT(
      "FailedMount",
      true,
      "A volume refers to what is not there, or is there no more while the pod runs.",
      "Make it: a pod that waits is tried again at most 15 seconds later."),
  PULL_SECRET_MISSING(
      "FailedToRetrieveImagePullSecret",
      true,
      "Secrets of imagePullSecrets are not there; images are fetched without them.",
      "Make them, or take them out."),
  FAILED(
      "Failed",
      true,
      "An image cannot be fetched, or a container not be started.",
      "The message has the backend's words."),
  BACK_OFF(
      "BackOff",
      true,
      "A container has ended and is started again, each time a while later.",
      "Read why it ended: kubectl logs --previous."),
  BACK_OFF_OF_IMAGE(
      "BackOff",
      false,
      "An image that could not be fetched is asked for again, each time a while later.",
      ""),
  IMAGE_KEPT(
      "ImageChangeUnsupported",
      true,
      "An image was changed while the pod runs, which goes on with the one that it started with.",
      "Delete the pod to have it made anew."),
  GUEST_UNSUPPORTED(
      "EphemeralContainerUnsupported",
      true,
      "An ephemeral container asks for what cannot be had here; the pod runs on.",
      "Change each field that is named."),
  NOT_ISOLATED(
      "NetworkPolicyNotEnforced",
      true,
      "NetworkPolicies select the pod, and nothing enforces them; told once.",
      "Keep the pod off virtual nodes, or guard the backend's network itself."),
  GROUP_LOST(
      "GroupLost",
      true,
      "The pod's group is gone from its backend, and nobody here removed it; the pod fails.",
      "Look at the backend. A Job can try again by the condition DisruptionTarget."),
  UNHEALTHY("Unhealthy", true, "A probe failed.", "The message has its words."),
  PROBE_WARNING("ProbeWarning", true, "A probe passed, and not as it should.", ""),
  POST_START_FAILED(
      "FailedPostStartHook",
      true,
      "A postStart hook failed; its container is ended.",
      "The message has its words."),
  PRE_STOP_FAILED(
      "FailedPreStopHook",
      true,
      "A preStop hook failed; its container is ended all the same.",
      "The message has its words.");

  private final Told told;

  PodEventReason(String reason, boolean warns, String meaning, String remedy) {
    this.told = new Told(reason, warns, meaning, remedy);
  }

  /**
   * @throws java.util.NoSuchElementException if there is none of this name
   */
  static PodEventReason of(String reason) {
    return Arrays.stream(values())
        .filter(one -> one.reason().equals(reason))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public Told told() {
    return told;
  }
}
