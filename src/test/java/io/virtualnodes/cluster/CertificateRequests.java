package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import java.io.IOException;
import java.io.StringWriter;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Requests for certificates; those without keys of the caller's nobody holds the key of. */
final class CertificateRequests {
  static final String PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

  private CertificateRequests() {}

  /** One of a node for its port. */
  static CertificateSigningRequest of(String node) {
    return request(
        "O=system:nodes,CN=system:node:" + node,
        "kubernetes.io/kubelet-serving",
        List.of("digital signature", "server auth"),
        extensions(node));
  }

  /** One of a node for calling the API server as that node, as kubelets ask for theirs. */
  static CertificateSigningRequest ofAKubelet(String node, KeyPair keys) {
    return request(
        "kubernetes.io/kube-apiserver-client-kubelet",
        List.of("digital signature", "client auth"),
        pkcs10("O=system:nodes,CN=system:node:" + node, keys, Optional.empty()));
  }

  /** One for calling the API server. */
  static CertificateSigningRequest ofAClient() {
    return request(
        "CN=somebody",
        "kubernetes.io/kube-apiserver-client",
        List.of("digital signature", "client auth"),
        extensions("somebody"));
  }

  private static CertificateSigningRequest request(
      String subject, String signer, List<String> usages, Extensions extensions) {
    return request(signer, usages, pkcs10(subject, keys(), Optional.of(extensions)));
  }

  private static CertificateSigningRequest request(
      String signer, List<String> usages, String pkcs10) {
    return new CertificateSigningRequestBuilder()
        .withNewMetadata()
        .withGenerateName("rights-")
        .endMetadata()
        .withNewSpec()
        .withSignerName(signer)
        .withUsages(usages)
        .withRequest(pkcs10)
        .endSpec()
        .build();
  }

  /** Of a kind that the client reads from PEM. */
  static KeyPair keys() {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Extensions extensions(String name) {
    try {
      var extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
      return extensions.generate();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pkcs10(String subject, KeyPair keys, Optional<Extensions> extensions) {
    try {
      var builder =
          new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), keys.getPublic());
      extensions.ifPresent(
          all -> builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, all));
      var request =
          builder.build(new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate()));
      return base64(pem(request));
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A key or a request as a file has it. */
  static String pem(Object what) {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      writer.writeObject(what);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
