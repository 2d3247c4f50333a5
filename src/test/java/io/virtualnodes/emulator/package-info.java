/** Clouds to test and try things out with, each in a room of its own. Here is what they share. */
package io.virtualnodes.emulator;
