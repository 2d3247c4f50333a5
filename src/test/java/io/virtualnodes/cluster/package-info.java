/**
 * The place of every cluster test: a real control plane, the real kubectl, the packaged operator
 * under the rights of {@code deploy/base}, and the container engine. No test logic lives here.
 *
 * <p>A test that needs one of them fails where it is missing, with a sentence that says what to do;
 * none is skipped, since a skipped test looks like a passed one.
 *
 * <h2>Why two clusters for all tests</h2>
 *
 * A cluster takes some seconds and half a gigabyte. Tests keep apart by {@link
 * io.virtualnodes.cluster.Place}: a namespace and a prefix of pool and node names a test class.
 * What is cluster-wide beyond that (the CRD, the rights) is the same for all. Tests that end the
 * operator or the API server are {@link io.virtualnodes.cluster.Disruptive}: they mostly wait, and
 * do so in a second cluster, while the others run.
 *
 * <h2>Why Services work in a network of their own only</h2>
 *
 * The engine's own network leads past every kube-proxy, and one on the machine would meet those of
 * other runs there, with the same addresses of Services. So {@link
 * io.virtualnodes.cluster.ServiceNetwork} has a router with a network namespace to itself, for the
 * tests that need it; the others start as fast as before.
 *
 * <h2>Why the operator is a process</h2>
 *
 * In the test's own JVM it would not have the rights, the configuration or the death of the real
 * one: tests stop, kill and freeze it.
 */
package io.virtualnodes.cluster;
