/**
 * What users install, from one source: {@code deploy/base} is written by hand, and so are the
 * chart's Deployment and values. The chart's rights and the bundle for the Operator Lifecycle
 * Manager are written here from the base, and the rest is held to it. {@code make manifests} writes
 * them anew; {@code make test-manifests} asks helm, OLM's own validator and a real API server.
 *
 * <h2>Why the chart's Deployment is written by hand</h2>
 *
 * Most of it is where values go, which the base does not know. So it is a template as chart users
 * know them, and a test compares what helm makes of it with the base, object by object. Rights have
 * no values but two, and nobody should write them down twice.
 *
 * <h2>Why what helm rendered is committed</h2>
 *
 * Building helm takes minutes the first time. The quick test reads what helm made of the default
 * values, in {@code src/test/resources/manifests/chart.yaml}; {@code make test-manifests} asks helm
 * whether that is still so.
 */
package io.virtualnodes.manifests;
