package io.virtualnodes.runtime;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.virtualnodes.node.NodeIdentity.Impersonation;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The operator's own settings, as properties {@code virtualnodes.*} or environment {@code
 * VIRTUALNODES_*}.
 */
@ConfigMapping(prefix = "virtualnodes")
public interface OperatorConfig {

  /**
   * The address that nodes publish, at which the API server reaches this process. Left out: the
   * address from which this process reaches the API server.
   */
  Optional<String> nodeAddress();

  Kubelet kubelet();

  /** How the operator acts as its nodes. */
  @WithDefault("CONSTRAINED")
  Impersonation impersonation();

  Simulation simulation();

  Azure azure();

  /** Pools at Azure. */
  interface Azure {

    /**
     * Where the keys of Log Analytics workspaces are, each in a file called like the workspace's
     * id: a mounted Secret. Only pools with {@code logAnalytics} look there.
     */
    @WithDefault("/etc/virtual-nodes/log-analytics-keys")
    Path logAnalyticsKeys();
  }

  /** Pools whose backend is simulated. */
  interface Simulation {

    /**
     * Where they keep their groups, so that these outlive this process. Left out: simulated groups
     * end with it.
     */
    Optional<Path> folder();
  }

  /** The kubelet endpoints of the nodes. */
  interface Kubelet {

    /** The first port that is tried; each node has one of its own. 0 is any free one. */
    @WithDefault("10250")
    int port();

    /**
     * Whether nodes declare that the API server may pass WebSockets on to them ({@code
     * ExtendWebSocketsToKubelet}, Kubernetes 1.36 and newer). They can in any case; if they do not
     * say so, the API server translates to SPDY, which is the older and better trodden way.
     */
    @WithDefault("false")
    boolean declareWebsockets();

    /** How the nodes come by the certificates that they show. */
    @WithDefault("SELF_SIGNED")
    Certificate certificate();

    /**
     * Where {@code tls.crt} and {@code tls.key} are, if the certificate is given: a mounted Secret.
     */
    Optional<Path> certificateFolder();

    /**
     * Whether the operator approves what its nodes ask the cluster to sign. It needs the rights of
     * {@code deploy/components/certificate-approval}.
     */
    @WithDefault("false")
    boolean approveCertificates();
  }

  /** How nodes come by their certificates. */
  enum Certificate {
    /** Each signs its own. */
    SELF_SIGNED,
    /** The cluster's signer of kubelet certificates signs them. */
    CLUSTER_SIGNED,
    /** One for all is given in files. */
    GIVEN
  }
}
