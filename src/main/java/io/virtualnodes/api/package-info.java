/**
 * The custom resource as users write it: records, and the rules that the API server holds. No
 * behaviour lives here. {@link io.virtualnodes.api.PublishedSchema} completes the CRD while the
 * operator is built.
 *
 * <p>Defaults and bounds stand in the generated CRD alone, where {@code kubectl explain} shows them
 * and {@code --dry-run=server} applies them: a Java default would come back through a finalizer
 * patch and overwrite what the user left out.
 */
package io.virtualnodes.api;
