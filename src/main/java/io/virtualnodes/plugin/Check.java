package io.virtualnodes.plugin;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * What the doctor looks at. Titles stay: programs look for them, and docs/kubectl-vnode.md lists
 * each.
 */
enum Check {
  API_VERSION,
  CRD,
  OPERATOR,
  LEADER,
  RIGHTS,
  EXCESS_RIGHTS,
  SECRETS,
  PLACEHOLDERS,
  POOLS,
  CONDITIONS,
  CREDENTIALS,
  LOG_ANALYTICS_KEY,
  ENGINE_SOCKET,
  POOL_CAPACITY,
  WAITING_PODS,
  NETWORK_POLICIES,
  DAEMONSETS,
  HOSTNAME_SPREAD,
  NODE_LEASE,
  NODE_PORT,
  NODE_CERTIFICATE,
  NODE_LABELS,
  LOAD_BALANCERS,
  HOSTNAME_LABEL,
  ZONE_LABEL,
  TAINTS,
  CAPACITY;

  /** As it is printed, such as {@code node-lease}. */
  @JsonValue
  String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
