package io.virtualnodes.pod;

/**
 * Something that a variable refers to, that may be missing, and is.
 *
 * @param what names it, for people
 */
record MissingOption(PodEventReason event, String what) {}
