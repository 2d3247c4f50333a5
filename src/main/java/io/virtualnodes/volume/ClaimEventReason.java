package io.virtualnodes.volume;

import io.virtualnodes.pod.EventReason;

/** Why the owner of a PersistentVolumeClaim is told something. */
public enum ClaimEventReason implements EventReason {
  PROVISIONING_FAILED(
      "ProvisioningFailed", true, "The claim gets no volume.", "Change what the message names.");

  private final Told told;

  ClaimEventReason(String reason, boolean warns, String meaning, String remedy) {
    this.told = new Told(reason, warns, meaning, remedy);
  }

  @Override
  public Told told() {
    return told;
  }
}
