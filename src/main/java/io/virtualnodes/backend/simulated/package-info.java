/**
 * A backend that runs nothing: it behaves as a cloud that starts, ends, loses and refuses groups
 * would, and says on every node and pool that it is none.
 *
 * <p>It is the demo without containers, the fake of the tests and what benchmarks measure the rest
 * of the operator with. Nothing here knows which of these it is: what they need is a setting of a
 * pool, or the clock that is handed in.
 *
 * <h2>Why a group is all drawn when it is accepted</h2>
 *
 * How long a group takes to start, what its containers do, whether it vanishes: all is decided at
 * {@code create} and kept with the group. What it is doing at any instant is then a pure function
 * of what was accepted, what was stopped, and that instant. No thread moves a group on, a restart
 * of the operator needs nothing but the journal, and tests set the clock to where they want to
 * look. It costs that the past is computed again at every look, which for a container that crashes
 * for days is some hundred steps a day.
 *
 * <h2>Why there is a journal</h2>
 *
 * The containers of a real backend outlive the operator. Without a folder for journals, a
 * simulation ends with the process and its pods are reported lost, which is the truth; with one,
 * its groups go on as those of a cloud would. It is also the one history of what was asked for,
 * which the tests of crashes read.
 */
package io.virtualnodes.backend.simulated;
