package io.virtualnodes.plugin;

/** As whom an operator asks a cloud, by what stands in the cluster. */
sealed interface CloudIdentity {
  /** It is set up. */
  record Seen(String text) implements CloudIdentity {}

  /** It is set up in a way that cannot work. */
  record Broken(String text, String next) implements CloudIdentity {}

  /** Nothing shows it: it works or not by what no cluster can tell. */
  record Unseen(String text, String next) implements CloudIdentity {}
}
