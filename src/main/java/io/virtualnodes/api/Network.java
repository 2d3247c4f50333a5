package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/**
 * What pods at the backend can reach of the cluster. Only the pool's owner knows how the backend's
 * network and the cluster's are joined.
 */
public record Network(
    @Default("cluster.local")
        // With a namespace and what stands between, a name of 253 characters holds it.
        @Size(max = 128)
        @ValidationRule(
            value = "self" + Rules.DNS_NAME,
            message =
                "spec.network.clusterDomain must be a DNS name in lower case without a dot at its"
                    + " end, such as cluster.local")
        @JsonPropertyDescription(
            "The domain that the names of the cluster's Services end with. It counts with"
                + " `dnsServers` only.")
        String clusterDomain,
    @Size(max = 3)
        @ValidationRule(
            value =
                "self.all(server, isIP(server) && !ip(server).isLoopback() &&"
                    + " !ip(server).isUnspecified())",
            message =
                "spec.network.dnsServers[] must be addresses at which pods at the backend reach the"
                    + " cluster's DNS, such as 10.96.0.10; 127.0.0.1 would be the pod itself")
        @ValidationRule(
            value = "self.all(server, self.exists_one(other, other == server))",
            message =
                "spec.network.dnsServers[] must not name an address twice: remove one of them")
        @JsonPropertyDescription(
            "Addresses at which pods at the backend reach the cluster's DNS. Pods with `dnsPolicy:"
                + " ClusterFirst`, which is the default, ask them in this order. Left out: pods use"
                + " the backend's own DNS, and names of Services do not resolve. The order counts,"
                + " so the list has one author: whoever applies it replaces all of it.")
        List<@Size(max = 45) String> dnsServers,
    @Size(max = 264)
        @ValidationRule(
            value = Rules.HTTPS_SERVER,
            message =
                "spec.network.apiServer must be https://host or https://host:port and nothing else,"
                    + " such as https://api.example.com:6443")
        @JsonPropertyDescription(
            "Where pods at the backend reach the API server: `KUBERNETES_SERVICE_HOST` and"
                + " `KUBERNETES_SERVICE_PORT` say it. Left out: they are told the address of the"
                + " Service `kubernetes`. The API server's certificate must be valid for the host.")
        String apiServer) {}
