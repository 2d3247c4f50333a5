/**
 * The seam: what the core asks of a service that runs container groups, and what such a service may
 * answer.
 *
 * <p>Nothing here or below knows Kubernetes: a backend is handed a {@link
 * io.virtualnodes.backend.ContainerGroup} and answers with {@link
 * io.virtualnodes.backend.Observation}s. Each backend has a package of its own, sees this one and
 * no other backend, and keeps its SDK to itself.
 *
 * <h2>Why stop and delete are two calls</h2>
 *
 * A pod that is being deleted must still report how its containers ended, and that is known only
 * after they stopped. So {@code stop} lets a group end and stay listed, and {@code delete} removes
 * what is left of it. A backend that can only do both at once removes the group in {@code stop} and
 * finds nothing to do in {@code delete}.
 *
 * <h2>Why a group can be partial</h2>
 *
 * A backend that makes a group in several calls can be cut off between them. What it then holds
 * must be listed, or it would never be cleaned up, and must not count as alive, or the pod would
 * wait forever. {@code create} for the same id completes it.
 */
package io.virtualnodes.backend;
