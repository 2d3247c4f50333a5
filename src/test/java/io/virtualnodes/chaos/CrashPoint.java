package io.virtualnodes.chaos;

import java.util.Locale;

/**
 * A place where the operator dies.
 *
 * @param side of the call that has the effect
 */
record CrashPoint(SideEffect effect, Side side) {

  enum Side {
    /** Nothing is asked for yet. */
    BEFORE,
    /** It has happened, and nobody here has taken note. */
    AFTER
  }

  /** Where the thread is that is about to make the call, or has just returned from it. */
  int codeIndex() {
    var site = effect.site();
    return side == Side.BEFORE ? site.index() : site.nextIndex();
  }

  @Override
  public String toString() {
    return side.name().toLowerCase(Locale.ROOT) + " " + effect;
  }
}
