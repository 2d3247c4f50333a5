/**
 * Azure's Resource Manager as far as container groups go, to test and try things out with: the
 * answers have the shapes of its published API, groups have its lifecycle, and it refuses what
 * Azure is known to refuse, in Azure's words. What runs the containers is any {@link
 * io.virtualnodes.backend.Backend}: the simulation, or an engine, on which they really compute.
 *
 * <p>It knows nothing of the product's own room for Azure, so that a mistake of one is not repeated
 * by the other. It was made from documentation and from the published schemas, and never compared
 * with Azure itself; where these are silent, the code says what is assumed.
 */
package io.virtualnodes.emulator.arm;
