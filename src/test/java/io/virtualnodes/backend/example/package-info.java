/**
 * A small backend, complete, to learn from: {@code docs/concepts/backends.md} walks through it. It
 * runs each container as a process of this machine, without isolating it from anything, and so is
 * no part of the program.
 */
package io.virtualnodes.backend.example;
