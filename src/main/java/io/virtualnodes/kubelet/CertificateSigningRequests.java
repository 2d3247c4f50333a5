package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.pod.OperatorEvent;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the signer {@code kubernetes.io/kubelet-serving} by a CertificateSigningRequest, as a
 * kubelet does: <a
 * href="https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/">signers</a>.
 * The request is made as the node, so that approvers see that it asks for itself.
 */
final class CertificateSigningRequests implements CertificateSigning {
  private static final Logger log = LoggerFactory.getLogger(CertificateSigningRequests.class);

  private static final String SIGNER = "kubernetes.io/kubelet-serving";
  // An EC key signs and enciphers nothing.
  private static final List<String> USAGES = List.of("digital signature", "server auth");

  private final String node;
  private final KubernetesClient nodeClient;
  private final Optional<KubernetesClient> approver;
  private final InstantSource clock;

  /**
   * @param nodeClient acts as the node
   * @param approver approves what the node asks for; empty if that is somebody else's decision
   */
  CertificateSigningRequests(
      String node,
      KubernetesClient nodeClient,
      Optional<KubernetesClient> approver,
      InstantSource clock) {
    this.node = node;
    this.nodeClient = nodeClient;
    this.approver = approver;
    this.clock = clock;
  }

  @Override
  public String request(String request) {
    var made =
        new CertificateSigningRequestBuilder()
            .withNewMetadata()
            .withGenerateName("kubelet-serving-" + node + "-")
            .endMetadata()
            .withNewSpec()
            .withSignerName(SIGNER)
            .withUsages(USAGES)
            .withRequest(encoded(request))
            .endSpec()
            .build();
    return nodeClient.resource(made).create().getMetadata().getName();
  }

  @Override
  public boolean approve(String name) {
    approver.ifPresent(
        client ->
            client
                .certificates()
                .v1()
                .certificateSigningRequests()
                .withName(name)
                .approve(
                    new CertificateSigningRequestConditionBuilder()
                        .withType("Approved")
                        .withStatus("True")
                        .withReason("VirtualNode")
                        .withMessage("This operator made it for its own node " + node)
                        .build()));
    return approver.isPresent();
  }

  @Override
  public Outcome outcome(String name) {
    var found = nodeClient.certificates().v1().certificateSigningRequests().withName(name).get();
    if (found == null) {
      return new Outcome.Gone();
    }
    var refusal =
        conditions(found)
            .filter(
                condition ->
                    condition.getType().equals("Denied") || condition.getType().equals("Failed"))
            .findFirst();
    if (refusal.isPresent()) {
      return new Outcome.Refused(
          "request %s is %s: %s"
              .formatted(name, refusal.get().getType(), refusal.get().getMessage()));
    }
    var certificate = Optional.ofNullable(found.getStatus()).map(status -> status.getCertificate());
    if (certificate.isPresent()) {
      return new Outcome.Signed(
          new String(Base64.getDecoder().decode(certificate.get()), StandardCharsets.UTF_8));
    }
    return conditions(found).anyMatch(condition -> condition.getType().equals("Approved"))
        ? new Outcome.Approved()
        : new Outcome.Waiting();
  }

  private static Stream<CertificateSigningRequestCondition> conditions(
      CertificateSigningRequest request) {
    return Optional.ofNullable(request.getStatus()).stream()
        .flatMap(status -> status.getConditions().stream());
  }

  @Override
  public void warn(NodeEventReason reason, String message) {
    var subject =
        new ObjectReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Node")
            .withName(node)
            // Not its real one: so do kubelets, and so `kubectl describe node` looks for it.
            .withUid(node)
            .build();
    var event = OperatorEvent.about(subject, Optional.of(node), reason, message, clock.instant());
    try {
      nodeClient
          .v1()
          .events()
          .inNamespace(event.getMetadata().getNamespace())
          .resource(event)
          .create();
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("node", node)
          .addKeyValue("reason", reason.reason())
          .addKeyValue("failure", e.getMessage())
          .log("event not written");
    }
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
