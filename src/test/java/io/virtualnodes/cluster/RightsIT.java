package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * That {@code deploy/base} gives the operator what it needs and nothing else, tried with its
 * ServiceAccount's own token. The operator itself does not run here.
 */
class RightsIT {
  private static final String SERVICE_ACCOUNT =
      "system:serviceaccount:virtual-nodes:virtual-nodes-operator";

  private static final List<KubernetesClient> CLIENTS = new ArrayList<>();

  private static Place place;
  private static KubernetesClient admin;
  // The ServiceAccount as itself, and as each of two nodes.
  private static KubernetesClient operator;
  private static KubernetesClient node;
  private static KubernetesClient otherNode;

  @BeforeAll
  static void twoNodesWithAPodEach() {
    var cluster = Cluster.of(RightsIT.class);
    place = cluster.place(RightsIT.class);
    admin = cluster.client();
    // Of its own, without the policy that those have who run here.
    var rights = OperatorRights.apply(cluster, "deploy/base", "-tried");
    operator = use(rights.config());
    node = actingAs(rights, "system:node:" + name("a"));
    otherNode = actingAs(rights, "system:node:" + name("b"));

    for (String secret : List.of("wanted", "private")) {
      admin
          .resource(
              new SecretBuilder()
                  .withNewMetadata()
                  .withName(secret)
                  .withNamespace(place.namespace())
                  .endMetadata()
                  .addToStringData("word", secret)
                  .build())
          .create();
      admin
          .resource(
              new ConfigMapBuilder()
                  .withNewMetadata()
                  .withName(secret)
                  .withNamespace(place.namespace())
                  .endMetadata()
                  .addToData("word", secret)
                  .build())
          .create();
    }
    bindPod("mine", makeNode("a"));
    bindPod("theirs", makeNode("b"));
  }

  @AfterAll
  static void remove() {
    CLIENTS.forEach(KubernetesClient::close);
    if (admin != null) {
      admin.nodes().withName(name("a")).delete();
      admin.nodes().withName(name("b")).delete();
      admin.namespaces().withName(place.namespace()).delete();
    }
  }

  // As itself.

  @Test
  void theOperatorItselfReadsNoSecretNoConfigMapAndNoPod() {
    var secrets = operator.secrets();
    assertForbidden(() -> secrets.inNamespace(place.namespace()).withName("wanted").get(), "get");
    assertForbidden(() -> secrets.inNamespace(place.namespace()).list(), "list");
    assertForbidden(() -> secrets.inNamespace("virtual-nodes").list(), "list");
    assertForbidden(() -> secrets.inAnyNamespace().list(), "list");
    var configMaps = operator.configMaps();
    assertForbidden(
        () -> configMaps.inNamespace(place.namespace()).withName("wanted").get(), "get");
    assertForbidden(() -> configMaps.inNamespace("virtual-nodes").list(), "list");
    var pods = operator.pods();
    assertForbidden(() -> pods.inNamespace(place.namespace()).withName("mine").get(), "get");
    assertForbidden(() -> pods.inAnyNamespace().list(), "list");
    assertForbidden(
        () -> pods.inAnyNamespace().withField("spec.nodeName", name("a")).list(), "list");
    assertForbidden(() -> pods.inNamespace(place.namespace()).withName("mine").delete(), "delete");
  }

  @Test
  void theOperatorItselfMakesChangesAndDeletesNodes() {
    var extra = new NodeBuilder().withNewMetadata().withName(name("extra")).endMetadata().build();

    operator.resource(extra).create();
    // Kubernetes' own controllers write to a new node as well.
    soon(
        () -> {
          operator
              .nodes()
              .withName(name("extra"))
              .edit(
                  n ->
                      new NodeBuilder(n)
                          .editSpec()
                          .withProviderID("virtualnodes://x")
                          .endSpec()
                          .build());
          return true;
        });
    operator.nodes().withName(name("extra")).delete();

    assertThat(admin.nodes().withName(name("extra")).get()).isNull();
  }

  @Test
  void theOperatorItselfHasOneLeaseInItsOwnNamespace() {
    var leases = operator.leases();
    var mine = leases.inNamespace("virtual-nodes").resource(lease("virtual-nodes-operator"));
    admin.leases().inNamespace("virtual-nodes").withName("virtual-nodes-operator").delete();

    mine.create();
    leases
        .inNamespace("virtual-nodes")
        .withName("virtual-nodes-operator")
        .edit(l -> new LeaseBuilder(l).editSpec().withHolderIdentity("me").endSpec().build());

    assertForbidden(() -> leases.inNamespace("virtual-nodes").withName("another").get(), "get");
    assertForbidden(() -> leases.inNamespace("kube-node-lease").withName(name("a")).get(), "get");
    admin.leases().inNamespace("virtual-nodes").withName("virtual-nodes-operator").delete();
  }

  @Test
  void theOperatorItselfWritesEventsAboutObjectsWithoutANamespaceOnly() {
    operator.v1().events().inNamespace("default").resource(event("Node", name("a"), null)).create();

    assertForbidden(
        () ->
            operator
                .v1()
                .events()
                .inNamespace(place.namespace())
                .resource(event("Pod", "mine", place.namespace()))
                .create(),
        "create");
  }

  @Test
  void theOperatorItselfSeesNetworkPoliciesAndChangesNone() {
    var policy =
        new NetworkPolicyBuilder()
            .withNewMetadata()
            .withNamespace(place.namespace())
            .withName("seen")
            .endMetadata()
            .withNewSpec()
            .withNewPodSelector()
            .addToMatchLabels("nobody", "has-it")
            .endPodSelector()
            .endSpec()
            .build();
    admin.resource(policy).create();

    assertThat(operator.resources(NetworkPolicy.class).inAnyNamespace().list().getItems())
        .extracting(seen -> seen.getMetadata().getName())
        .contains("seen");
    assertForbidden(() -> operator.resource(policy).delete(), "delete");
    assertForbidden(
        () -> node.resources(NetworkPolicy.class).inNamespace(place.namespace()).list(),
        "impersonate-on:arbitrary-node:list");
  }

  @Test
  void theOperatorItselfMakesAndRemovesVolumesAndWritesNoClaim() {
    var claim = claim("unbound");
    admin.resource(claim).create();
    assertThat(operator.persistentVolumeClaims().inAnyNamespace().list().getItems())
        .extracting(seen -> seen.getMetadata().getName())
        .contains("unbound");
    assertForbidden(() -> operator.resource(claim).delete(), "delete");
    assertForbidden(() -> operator.resource(claim("made")).create(), "create");
    assertForbidden(
        () ->
            operator
                .persistentVolumeClaims()
                .inNamespace(place.namespace())
                .withName("unbound")
                .get(),
        "get");

    var volume = volume(name("pv"));
    operator.resource(volume).create();
    patch(
        operator,
        "/api/v1/persistentvolumes/" + name("pv"),
        "{\"metadata\":{\"labels\":{\"by\":\"us\"}}}");
    assertThat(operator.persistentVolumes().list().getItems())
        .extracting(seen -> seen.getMetadata().getName())
        .contains(name("pv"));
    operator.resource(volume).delete();
    assertForbidden(() -> operator.storage().v1().storageClasses().list(), "list");
    assertThat(operator.storage().v1().storageClasses().withName("none").get()).isNull();
  }

  @Test
  void aNodeReadsTheClaimsOfItsPodsAndTheirVolumesOnly() {
    admin.resource(volume(name("mine"))).create();
    admin.resource(volume(name("theirs"))).create();
    for (var name : List.of("mine", "theirs")) {
      var claim = claim(name);
      claim.getSpec().setVolumeName(name(name));
      admin.resource(claim).create();
    }
    claiming("claims-mine", name("a"), "mine");
    try {
      var claims = node.persistentVolumeClaims().inNamespace(place.namespace());
      soon403(() -> claims.withName("mine").get() != null);
      soon403(() -> node.persistentVolumes().withName(name("mine")).get() != null);
      assertForbidden(() -> claims.withName("theirs").get(), "no relationship found");
      assertForbidden(
          () -> node.persistentVolumes().withName(name("theirs")).get(), "no relationship found");
      assertForbidden(() -> claims.list(), "impersonate-on:arbitrary-node:list");
    } finally {
      admin
          .pods()
          .inNamespace(place.namespace())
          .withName("claims-mine")
          .withGracePeriod(0)
          .delete();
      for (var name : List.of("mine", "theirs")) {
        admin.persistentVolumeClaims().inNamespace(place.namespace()).withName(name).delete();
        admin.persistentVolumes().withName(name(name)).delete();
      }
    }
  }

  private static PersistentVolumeClaim claim(String name) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(place.namespace())
        .endMetadata()
        .withNewSpec()
        .withStorageClassName("")
        .withAccessModes("ReadWriteOnce")
        .withNewResources()
        .addToRequests("storage", new Quantity("1Gi"))
        .endResources()
        .endSpec()
        .build();
  }

  private static PersistentVolume volume(String name) {
    return new PersistentVolumeBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .addToCapacity("storage", new Quantity("1Gi"))
        .withAccessModes("ReadWriteOnce")
        .withPersistentVolumeReclaimPolicy("Retain")
        .withNewHostPath("/nowhere", "")
        .endSpec()
        .build();
  }

  /** A pod on a node that has this claim. */
  private static void claiming(String podName, String nodeName, String claim) {
    admin
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName(podName)
                .withNamespace(place.namespace())
                .endMetadata()
                .withNewSpec()
                .withNodeName(nodeName)
                .addNewContainer()
                .withName("main")
                .withImage("none")
                .endContainer()
                .addNewVolume()
                .withName("data")
                .withNewPersistentVolumeClaim(claim, false)
                .endVolume()
                .endSpec()
                .build())
        .create();
  }

  /** The Node authorizer hears of a new pod, and of what a claim got, a moment late. */
  private static void soon403(Callable<Boolean> request) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsMatching(
            e -> e instanceof KubernetesClientException refused && refused.getCode() == 403)
        .until(request);
  }

  @Test
  void theOperatorItselfAsksWhoMayCallANodeAndReadsTheAuthorityOfTheCaller() {
    var review =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser("kube-apiserver-kubelet-client")
            .withNewResourceAttributes()
            .withResource("nodes")
            .withSubresource("proxy")
            .withVerb("get")
            .withName(name("a"))
            .endResourceAttributes()
            .endSpec()
            .build();
    var authority =
        operator
            .configMaps()
            .inNamespace("kube-system")
            .withName("extension-apiserver-authentication");

    var token = new TokenReviewBuilder().withNewSpec().withToken("none").endSpec().build();

    assertThat(operator.authorization().v1().subjectAccessReview().create(review).getStatus())
        .isNotNull();
    assertThat(operator.tokenReviews().create(token).getStatus().getAuthenticated())
        .isNotEqualTo(true);
    assertThat(authority.get().getData()).containsKey("client-ca-file");
    assertForbidden(() -> operator.configMaps().inNamespace("kube-system").list(), "list");
  }

  @Test
  void theOperatorActsAsNobodyButANode() {
    var rights = place.cluster().rights();
    for (String user : List.of("system:admin", "system:kube-scheduler", SERVICE_ACCOUNT)) {
      var client = actingAs(rights, user);
      assertForbidden(() -> client.secrets().inNamespace("kube-system").list(), "impersonate");
    }
    Config masters = rights.config();
    masters.setImpersonateUsername("system:node:" + name("a"));
    masters.setImpersonateGroups("system:masters");
    var client = use(masters);
    assertForbidden(() -> client.secrets().inNamespace("kube-system").list(), "impersonate");
  }

  // As a node.

  @Test
  void aNodeReadsWhatItsPodRefersTo() {
    var secret = node.secrets().inNamespace(place.namespace()).withName("wanted").get();
    var configMap = node.configMaps().inNamespace(place.namespace()).withName("wanted").get();

    assertThat(secret.getData()).containsKey("word");
    assertThat(configMap.getData()).containsEntry("word", "wanted");
  }

  @Test
  void aSecretThatNoPodOfTheNodeRefersToCannotBeRead() {
    for (var client : List.of(node, otherNode)) {
      assertForbidden(
          () -> client.secrets().inNamespace(place.namespace()).withName("private").get(),
          "no relationship found");
      assertForbidden(
          () -> client.configMaps().inNamespace(place.namespace()).withName("private").get(),
          "no relationship found");
    }
    // Referred to, but by a pod of the first node.
    assertForbidden(
        () -> otherNode.secrets().inNamespace(place.namespace()).withName("wanted").get(),
        "no relationship found");
  }

  @Test
  void secretsCannotBeListedWatchedOrChanged() {
    var secrets = node.secrets().inNamespace(place.namespace());
    Secret changed =
        new SecretBuilder()
            .withNewMetadata()
            .withName("wanted")
            .withNamespace(place.namespace())
            .endMetadata()
            .build();

    assertForbidden(secrets::list, "impersonate-on:arbitrary-node:list");
    assertForbidden(
        () -> secrets.resource(changed).update(), "impersonate-on:arbitrary-node:update");
    assertForbidden(
        () -> secrets.withName("wanted").delete(), "impersonate-on:arbitrary-node:delete");
    assertForbidden(
        () -> node.endpoints().inAnyNamespace().list(), "impersonate-on:arbitrary-node:list");
  }

  @Test
  void aNodeReadsTheServicesThatItsPodsAreToldOfAndChangesNone() {
    var apiServer = node.services().inNamespace("default").withName("kubernetes");

    assertThat(apiServer.get().getSpec().getClusterIP()).isNotEmpty();
    assertThat(node.services().inNamespace(place.namespace()).list().getItems()).isEmpty();
    assertForbidden(apiServer::delete, "impersonate-on:arbitrary-node:delete");
  }

  @Test
  void aNodeSeesItsOwnPodsOnly() {
    assertThat(podsOf(name("a"))).containsExactly("mine");

    assertForbidden(() -> podsOf(name("b")), "can only list/watch pods with spec.nodeName");
    assertForbidden(() -> node.pods().inAnyNamespace().list(), "spec.nodeName field selector");
    assertForbidden(
        () -> node.pods().inNamespace(place.namespace()).withName("mine").get(),
        "impersonate-on:arbitrary-node:get");
  }

  /** Nothing relates a pod that is gone to the node any more, so it is asked for by a list. */
  @Test
  void aPodThatIsGoneIsAbsentFromAList() {
    var pods = node.pods().inNamespace(place.namespace());

    assertThat(
            pods.withField("spec.nodeName", name("a"))
                .withField("metadata.name", "gone")
                .list()
                .getItems())
        .isEmpty();
  }

  @Test
  void aNodeReportsAndRemovesItsOwnPodsOnly() {
    var pod = bindPod("ending", name("a"));
    var pods = node.pods().inNamespace(place.namespace());
    var status = "{\"status\":{\"phase\":\"Running\"}}";

    patch(node, podPath("ending") + "/status", status);
    assertForbidden(
        () -> patch(node, podPath("theirs") + "/status", status),
        "can only update pod status for pods with spec.nodeName set to itself");
    assertForbidden(
        () -> pods.withName("theirs").withGracePeriod(0).delete(), "can only delete pods with");
    soon(
        () -> {
          pods.withName("ending").withGracePeriod(0).delete();
          return admin.resource(pod).get() == null;
        });
    assertForbidden(() -> node.resource(pod("new", name("a"))).create(), "impersonate-on");
  }

  @Test
  void aNodeEvictsItsOwnPodsOnly() {
    var pod = bindPod("evicted", name("a"));

    soon(
        () -> {
          evict("evicted");
          return true;
        });

    assertThat(admin.resource(pod).get())
        .satisfiesAnyOf(
            left -> assertThat(left).isNull(),
            left -> assertThat(left.getMetadata().getDeletionTimestamp()).isNotNull());
    assertForbidden(() -> evict("theirs"), "can only evict pods with spec.nodeName set to itself");
    admin.resource(pod).withGracePeriod(0).delete();
  }

  @Test
  void aNodeGetsTokensForItsOwnPodsOnly() {
    assertThat(tokenFor("mine").getStatus().getToken()).isNotEmpty();
    assertForbidden(() -> tokenFor("theirs"), "bound to a pod scheduled on a different node");
    assertForbidden(
        () -> token(new TokenRequestBuilder().withNewSpec().endSpec().build()),
        "node requested token not bound to a pod");
  }

  @Test
  void aNodeReportsOnItselfOnlyAndChangesNoTaintOrLabel() {
    var status = "{\"status\":{\"nodeInfo\":{\"kubeletVersion\":\"v1.36.0\"}}}";

    patch(node, "/api/v1/nodes/" + name("a") + "/status", status);
    assertThat(node.nodes().withName(name("a")).get().getStatus().getNodeInfo().getKubeletVersion())
        .isEqualTo("v1.36.0");

    assertForbidden(
        () -> patch(node, "/api/v1/nodes/" + name("b") + "/status", status),
        "is not allowed to modify node");
    assertForbidden(() -> node.nodes().withName(name("b")).get(), "only its own Node object");
    assertForbidden(
        () -> patch(node, "/api/v1/nodes/" + name("a"), "{\"spec\":{\"taints\":[]}}"),
        "impersonate-on:arbitrary-node:patch");
    assertForbidden(() -> node.nodes().withName(name("a")).delete(), "impersonate-on");
  }

  @Test
  void aNodeHasItsOwnLeaseOnly() {
    var leases = node.leases().inNamespace("kube-node-lease");
    apply(leases.resource(lease(name("a"))));
    patch(
        node,
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/" + name("a"),
        "{\"spec\":{\"holderIdentity\":\"me\"}}");

    var written = admin.leases().inNamespace("kube-node-lease").withName(name("a")).get();
    assertThat(written.getSpec().getHolderIdentity()).isEqualTo("me");
    assertForbidden(
        () -> leases.withName(name("b")).delete(), "can only access node lease with the same name");
    assertForbidden(() -> apply(leases.resource(lease(name("b")))), "is forbidden");
    assertForbidden(() -> leases.withName(name("a")).get(), "impersonate-on:arbitrary-node:get");
    leases.withName(name("a")).delete();
  }

  /** As the operator does: one request, which also makes it. */
  private static void apply(Resource<Lease> lease) {
    lease.patch(
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager("rights")
            .withForce(true)
            .build());
  }

  @Test
  void aNodeWritesEventsAboutItsPods() {
    var events = node.v1().events().inNamespace(place.namespace());

    assertThatCode(() -> events.resource(event("Pod", "mine", place.namespace())).create())
        .doesNotThrowAnyException();
  }

  // The components for certificates.

  @Test
  void onlyWithItsComponentANodeAsksForItsCertificateAndOnlyForItsOwn() {
    var plain = node.certificates().v1().certificateSigningRequests();
    assertForbidden(() -> plain.withName("any").get(), "impersonate-on:arbitrary-node:get");

    var rights =
        OperatorRights.apply(
            place.cluster(), "deploy/base", "-signed", List.of("cluster-signed-certificates"));
    var client = actingAs(rights, "system:node:" + name("a"));

    var own = client.resource(CertificateRequests.of(name("a"))).create();
    assertThat(own.getSpec().getUsername()).isEqualTo("system:node:" + name("a"));
    assertThat(own.getSpec().getGroups()).contains("system:nodes");
    assertForbidden(() -> client.resource(CertificateRequests.of(name("b"))).create(), "can only");
    assertForbidden(
        () -> use(rights.config()).certificates().v1().certificateSigningRequests().list(), "list");
    admin.resource(own).delete();
  }

  @Test
  void onlyWithItsComponentTheOperatorApprovesCertificatesAndOnlyThoseOfKubelets() {
    var rights =
        OperatorRights.apply(
            place.cluster(),
            "deploy/base",
            "-approves",
            List.of("cluster-signed-certificates", "certificate-approval"));
    var asNode = actingAs(rights, "system:node:" + name("a"));
    var wanted = asNode.resource(CertificateRequests.of(name("a"))).create();
    var approver = use(rights.config()).certificates().v1().certificateSigningRequests();
    var other = admin.resource(CertificateRequests.ofAClient()).create();

    approver.withName(wanted.getMetadata().getName()).approve();
    assertForbidden(
        () -> approver.withName(other.getMetadata().getName()).approve(),
        "not permitted to approve");
    assertForbidden(
        () ->
            operator
                .certificates()
                .v1()
                .certificateSigningRequests()
                .withName(other.getMetadata().getName())
                .approve(),
        "cannot get resource");
    admin.resource(wanted).delete();
    admin.resource(other).delete();
  }

  // The overlay for clusters without constrained impersonation.

  @Test
  @ResourceLock(Cluster.BURST)
  void underNamedNodesTheOperatorActsAsTheNodesThatAreNamedOnly() {
    var rights = OperatorRights.apply(place.cluster(), "deploy/overlays/named-nodes", "-named");
    admin
        .resource(new NodeBuilder().withNewMetadata().withName("burst-0").endMetadata().build())
        .create();
    bindPod("named", "burst-0");
    try {
      var named = use(asNodeTheOlderWay(rights, "burst-0"));
      assertThat(named.secrets().inNamespace(place.namespace()).withName("wanted").get())
          .isNotNull();
      assertForbidden(
          () -> named.secrets().inNamespace(place.namespace()).withName("private").get(),
          "no relationship found");

      var unnamed = use(asNodeTheOlderWay(rights, name("a")));
      assertForbidden(
          () -> unnamed.secrets().inNamespace(place.namespace()).withName("wanted").get(),
          "cannot impersonate resource \"users\"");
      var constrained = actingAs(rights, "system:node:" + name("a"));
      assertForbidden(
          () -> constrained.secrets().inNamespace(place.namespace()).withName("wanted").get(),
          "impersonate");
      var masters = asNodeTheOlderWay(rights, "burst-0");
      masters.setImpersonateGroups("system:masters");
      assertForbidden(
          () -> use(masters).secrets().inNamespace(place.namespace()).list(),
          "cannot impersonate resource \"groups\"");
    } finally {
      admin.pods().inNamespace(place.namespace()).withName("named").withGracePeriod(0).delete();
      admin.nodes().withName("burst-0").delete();
    }
  }

  // What the tests above are written in.

  private static void assertForbidden(ThrowingCallable request, String reason) {
    assertThatThrownBy(request)
        .isInstanceOfSatisfying(
            KubernetesClientException.class,
            e -> assertThat(e.getCode()).as(e.getMessage()).isEqualTo(403))
        .hasMessageContaining(reason);
  }

  private static List<String> podsOf(String nodeName) {
    return node
        .pods()
        .inAnyNamespace()
        .withField("spec.nodeName", nodeName)
        .list()
        .getItems()
        .stream()
        .filter(pod -> pod.getMetadata().getNamespace().equals(place.namespace()))
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }

  private static TokenRequest tokenFor(String podName) {
    Pod pod = admin.pods().inNamespace(place.namespace()).withName(podName).get();
    return token(
        new TokenRequestBuilder()
            .withNewSpec()
            .withNewBoundObjectRef()
            .withApiVersion("v1")
            .withKind("Pod")
            .withName(podName)
            .withUid(pod.getMetadata().getUid())
            .endBoundObjectRef()
            .endSpec()
            .build());
  }

  private static TokenRequest token(TokenRequest request) {
    return node.serviceAccounts()
        .inNamespace(place.namespace())
        .withName("default")
        .tokenRequest(request);
  }

  /**
   * The API server's admission hears of a new pod a moment late, and says until then "not found";
   * and two may write to a new node at once.
   */
  private static void soon(Callable<Boolean> request) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsMatching(
            e ->
                e instanceof KubernetesClientException refused
                    && Set.of(404, 409).contains(refused.getCode()))
        .until(request);
  }

  private static void evict(String podName) {
    node.pods()
        .inNamespace(place.namespace())
        .withName(podName)
        .evict(
            new EvictionBuilder()
                .withNewMetadata()
                .withName(podName)
                .withNamespace(place.namespace())
                .endMetadata()
                .build());
  }

  /**
   * One request and no more: the client's own patch reads the object first, which needs a right.
   */
  private static void patch(KubernetesClient client, String path, String body) {
    var http = client.getHttpClient();
    var request =
        http.newHttpRequestBuilder()
            .uri(client.getMasterUrl().toString().replaceAll("/$", "") + path)
            .method("PATCH", "application/strategic-merge-patch+json", body)
            .build();
    var response = http.sendAsync(request, String.class).join();
    if (!response.isSuccessful()) {
      var status = Serialization.unmarshal(response.body(), Status.class);
      throw new KubernetesClientException(status.getMessage(), response.code(), status);
    }
  }

  private static String podPath(String podName) {
    return "/api/v1/namespaces/" + place.namespace() + "/pods/" + podName;
  }

  private static Lease lease(String leaseName) {
    return new LeaseBuilder()
        .withNewMetadata()
        .withName(leaseName)
        .endMetadata()
        .withNewSpec()
        .withLeaseDurationSeconds(40)
        .endSpec()
        .build();
  }

  private static Event event(String kind, String objectName, String objectNamespace) {
    return new EventBuilder()
        .withNewMetadata()
        .withGenerateName("rights-")
        .endMetadata()
        .withNewInvolvedObject()
        .withKind(kind)
        .withName(objectName)
        .withNamespace(objectNamespace)
        .endInvolvedObject()
        .withReason("Tried")
        .withMessage("A test of the operator's rights.")
        .withType("Normal")
        .build();
  }

  private static String makeNode(String suffix) {
    admin
        .resource(new NodeBuilder().withNewMetadata().withName(name(suffix)).endMetadata().build())
        .create();
    return name(suffix);
  }

  private static Pod bindPod(String podName, String nodeName) {
    return admin.resource(pod(podName, nodeName)).create();
  }

  /** Every pod but {@code theirs} refers to the Secret and the ConfigMap that are wanted. */
  private static Pod pod(String podName, String nodeName) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(podName)
            .withNamespace(place.namespace())
            .endMetadata()
            .withNewSpec()
            .withNodeName(nodeName)
            .addNewToleration()
            .withOperator("Exists")
            .endToleration()
            .addNewContainer()
            .withName("main")
            .withImage("none")
            .endContainer()
            .endSpec();
    if (!podName.equals("theirs")) {
      pod.editSpec()
          .editFirstContainer()
          .addNewEnvFrom()
          .withNewSecretRef("wanted", false)
          .endEnvFrom()
          .addNewEnvFrom()
          .withNewConfigMapRef("wanted", false)
          .endEnvFrom()
          .endContainer()
          .endSpec();
    }
    return pod.build();
  }

  private static String name(String suffix) {
    return place.pool(suffix);
  }

  private static KubernetesClient actingAs(OperatorRights rights, String user) {
    Config config = rights.config();
    config.setImpersonateUsername(user);
    return use(config);
  }

  private static Config asNodeTheOlderWay(OperatorRights rights, String nodeName) {
    Config config = rights.config();
    config.setImpersonateUsername("system:node:" + nodeName);
    config.setImpersonateGroups("system:nodes");
    return config;
  }

  private static KubernetesClient use(Config config) {
    var client = new KubernetesClientBuilder().withConfig(config).build();
    CLIENTS.add(client);
    return client;
  }
}
