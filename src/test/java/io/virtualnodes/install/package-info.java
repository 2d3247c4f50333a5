/**
 * That what users install works as they install it: the image, the manifests, and nothing else. Run
 * by {@code make test-install}.
 *
 * <h2>Why a kubelet is played</h2>
 *
 * The control plane of the tests has no machines. {@link io.virtualnodes.install.Machine} is one,
 * as far as the operator's own pods can tell: the scheduler binds them to it, and it runs each as
 * its spec says, by the engine of the tests. So the operator has its ServiceAccount's token from
 * the place where a kubelet puts it, the user, the limits and the read-only file system of the
 * manifests, is ready when its probes say so, and its log is read through the API server.
 */
package io.virtualnodes.install;
