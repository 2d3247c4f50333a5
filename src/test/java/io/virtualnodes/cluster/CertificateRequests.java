package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Requests for certificates that nobody holds the key of. */
final class CertificateRequests {
  private CertificateRequests() {}

  /** One of a node for its port. */
  static CertificateSigningRequest of(String node) {
    return request(
        "O=system:nodes,CN=system:node:" + node,
        "kubernetes.io/kubelet-serving",
        List.of("digital signature", "server auth"),
        node);
  }

  /** One for calling the API server. */
  static CertificateSigningRequest ofAClient() {
    return request(
        "CN=somebody",
        "kubernetes.io/kube-apiserver-client",
        List.of("digital signature", "client auth"),
        "somebody");
  }

  private static CertificateSigningRequest request(
      String subject, String signer, List<String> usages, String name) {
    return new CertificateSigningRequestBuilder()
        .withNewMetadata()
        .withGenerateName("rights-")
        .endMetadata()
        .withNewSpec()
        .withSignerName(signer)
        .withUsages(usages)
        .withRequest(pkcs10(subject, name))
        .endSpec()
        .build();
  }

  private static String pkcs10(String subject, String name) {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      var keys = generator.generateKeyPair();
      var extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
      var request =
          new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), keys.getPublic())
              .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
      var pem =
          "-----BEGIN CERTIFICATE REQUEST-----\n"
              + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(request.getEncoded())
              + "\n-----END CERTIFICATE REQUEST-----\n";
      return Base64.getEncoder().encodeToString(pem.getBytes(UTF_8));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
