/**
 * What becomes of pods and groups when the operator dies, freezes, or is told wrong, at the worst
 * moments that there are. {@code docs/crash-safety.md} says what is tried and how to run it again.
 *
 * <h2>Why a debugger holds the knife</h2>
 *
 * A crash point is a place in the operator's own byte code, right before or right after the call
 * that changes something elsewhere. The test attaches to the packaged operator as a debugger does,
 * lets it halt there, all threads at once, and kills the process. The product has no switch for it,
 * and what dies is what users run. It costs a JVM start a round. A build without the debugger's
 * agent would change our mind.
 *
 * <h2>Who is believed</h2>
 *
 * Never the operator. What ran is told by the backend's own history, what was reported by a watch
 * of the test's own, and what should have come of a pod by what the pod was told to do.
 */
package io.virtualnodes.chaos;
