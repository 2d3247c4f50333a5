package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.util.List;

/** The cluster's NetworkPolicies as last seen. Asking costs no request and may be done often. */
@FunctionalInterface
public interface NetworkPolicies {
  /** Those of a namespace; none while they are not known yet. */
  List<NetworkPolicy> of(String namespace);
}
