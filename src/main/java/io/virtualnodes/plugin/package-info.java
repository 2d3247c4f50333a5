/**
 * {@code kubectl vnode}: what people ask of pools and virtual nodes, answered from their own
 * machine with their own rights. It is a program of its own beside the operator.
 *
 * <p>Commands talk to the API server and print; every judgement is a pure class between them:
 * {@code Placement} (would the scheduler), {@code Explainer} (would the operator and the backend),
 * the {@code ...Checks} of the doctor, {@code BundleFields} (what may leave the cluster). What a
 * command prints with {@code -o json} are the records here, by their names: docs/kubectl-vnode.md
 * promises their shape.
 *
 * <p>It may import the pure rules of {@code pool}, {@code node}, {@code pod} and {@code backend},
 * and {@code api}, so that there is one copy of each rule. It makes no backend, opens no connection
 * to a cloud and runs no reconciler. Nobody imports it, not even the wiring.
 *
 * <h2>Why the plugin is Java</h2>
 *
 * A plugin that is started often had better start at once, and kubectl's own are written in Go. But
 * {@code explain} is worth having only if it is right, and it is right by being the operator's own
 * translator and refusals. It costs a Java 25 on the user's machine and a second or two of a
 * processor for each command, of which class-data sharing saves half. An image of the same classes
 * that is compiled ahead would change that.
 *
 * <h2>Why values are made up</h2>
 *
 * Whether a pod can run hardly depends on what its ConfigMaps and Secrets hold. So {@code explain}
 * reads none of them, needs no right to, and says what has to be there. What does depend on it,
 * such as how large all files of a pod are, shows at the launch.
 *
 * <h2>Why the doctor asks the API server what the operator may do</h2>
 *
 * Roles that are bound could be compared with the manifests, but rights come by many ways: other
 * bindings, groups, other authorizers. Only the API server adds them up. It is asked for each verb
 * of {@code deploy/base}, whose rules the plugin carries: some sixty small requests, and the right
 * to create SubjectAccessReviews.
 *
 * <h2>Why pools in files are completed here</h2>
 *
 * Defaults stand in the CRD alone. Where no API server can apply them, {@code PoolSchema} does, by
 * the published CRD that the plugin carries. It knows no CEL: {@code kubectl apply
 * --dry-run=server} says all that is wrong with a pool.
 */
package io.virtualnodes.plugin;
