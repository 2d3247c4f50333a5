package io.virtualnodes.backend;

/**
 * What a registry asks for before it gives an image.
 *
 * @param server the registry's host, with its port if it has one
 */
public record RegistryLogin(String server, String username, String password) {

  /** Without what must not be told. */
  @Override
  public String toString() {
    return "RegistryLogin[" + server + "]";
  }
}
