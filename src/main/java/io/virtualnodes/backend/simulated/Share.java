package io.virtualnodes.backend.simulated;

/**
 * How often something happens.
 *
 * @param of from 0, never, to 1, always
 */
public record Share(double of) {
  public static final Share NEVER = new Share(0);
  public static final Share ALWAYS = new Share(1);

  public Share {
    if (!(of >= 0 && of <= 1)) {
      throw new IllegalArgumentException("a share is from 0 to 1: " + of);
    }
  }
}
