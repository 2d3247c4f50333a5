package io.virtualnodes.backend;

import io.virtualnodes.backend.ContainerGroup.Resources;

/**
 * How large a group is at its service, which may have few sizes.
 *
 * @param resources what it has in all; what a container of an engine has no limit for is not
 *     counted
 * @param text the same in the service's own units, for people
 */
public record GroupSize(Resources resources, String text) {}
