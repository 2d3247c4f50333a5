/**
 * What a pod costs: the operator as shipped beside an agent that does the least that an agent can.
 * {@code make bench} runs it, and no test does; {@code docs/benchmark.md} says how to read it.
 *
 * <p>Whoever measures shares the machine with what is measured, so that everything here does as
 * little as it can while a round runs.
 */
package io.virtualnodes.bench;
