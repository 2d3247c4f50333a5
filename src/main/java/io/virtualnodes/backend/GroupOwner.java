package io.virtualnodes.backend;

/**
 * Whom a group belongs to. Every backend stores it with the group, as labels or tags, so that a
 * group can be recognised as ours, and its pod found, from the backend alone.
 */
public record GroupOwner(String pool, String node, String namespace, String pod) {}
