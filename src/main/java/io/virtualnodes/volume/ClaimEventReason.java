package io.virtualnodes.volume;

import io.virtualnodes.pod.EventReason;

/** Why the owner of a PersistentVolumeClaim is told something. */
public enum ClaimEventReason implements EventReason {
  PROVISIONING_FAILED(
      "ProvisioningFailed", true, "The claim gets no volume.", "Change what the message names.");

  private final String reason;
  private final boolean warns;
  private final String meaning;
  private final String remedy;

  ClaimEventReason(String reason, boolean warns, String meaning, String remedy) {
    this.reason = reason;
    this.warns = warns;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  @Override
  public String reason() {
    return reason;
  }

  @Override
  public boolean warns() {
    return warns;
  }

  @Override
  public String meaning() {
    return meaning;
  }

  @Override
  public String remedy() {
    return remedy;
  }
}
