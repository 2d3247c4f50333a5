package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** That Services work for pods of a pool whose network leads to them. */
@Execution(ExecutionMode.CONCURRENT)
class ServiceNetworkIT {
  private static ServiceNetwork network;
  private static VirtualPool pool;

  @BeforeAll
  static void makeANetworkAndAPoolInIt() {
    network = ServiceNetwork.of(Cluster.of(ServiceNetworkIT.class));
    pool = VirtualPool.in(network, ServiceNetworkIT.class);
  }

  @AfterAll
  static void remove() {
    try {
      if (pool != null) {
        pool.close();
      }
    } finally {
      if (network != null) {
        network.close();
      }
    }
  }

  @Test
  void aPodCallsAServiceOfOtherVirtualPodsByItsName() {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 1
              containers:
              - name: web
                $busybox
                command: [sh, -c, 'mkdir /www; echo "hello from $(hostname)" >/www/index.html; exec httpd -f -p 8080 -h /www']
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec:
          selector: { app: web }
          ports: [{ port: 80, targetPort: 8080 }]
        """);
    pool.kubectl().run("wait", "--for=condition=Available", "deployment/web", "--timeout=60s");
    // Until the endpoints have reached kube-proxy, and then often enough to meet both.
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: caller }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c]
            args:
            - |
              call() { printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 5 "$1" 80 | tail -n 1; }
              tries=0
              until call web | grep -q hello || [ $((tries += 1)) -gt 30 ]; do sleep 1; done
              for name in web web.$namespace web.$namespace.svc.cluster.local "$WEB_SERVICE_HOST"; do
                echo "$name: $(call $name | sed "s/-.*//")"
              done
              for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do call web; done | sort -u | wc -l
        """
            .replace("$namespace", pool.namespace()));

    pool.awaitPhase("caller", "Succeeded");

    assertThat(pool.kubectl().run("logs", "caller").lines().toList())
        .containsExactly(
            "web: hello from web",
            "web." + pool.namespace() + ": hello from web",
            "web." + pool.namespace() + ".svc.cluster.local: hello from web",
            serviceAddress("web") + ": hello from web",
            "2");
  }

  @Test
  void aPodReachesTheApiServerByItsNameAndRbacDecides() {
    pool.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: by-name }
        data:
          kubeconfig: |
            apiVersion: v1
            kind: Config
            clusters:
            - name: here
              cluster:
                server: https://kubernetes.default
                certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
            users:
            - name: pod
              user: { tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token }
            contexts:
            - name: here
              context: { cluster: here, user: pod, namespace: $namespace }
            current-context: here
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: viewer }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: { name: viewer }
        roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
        subjects: [{ kind: ServiceAccount, name: viewer }]
        """
            .replace("$namespace", pool.namespace()));
    startKubectl("stranger", "default");
    startKubectl("viewing", "viewer");

    pool.awaitPhase("stranger", "Failed");
    pool.awaitPhase("viewing", "Succeeded");

    assertThat(pool.kubectl().run("logs", "stranger"))
        .contains(
            "(Forbidden)", "system:serviceaccount:" + pool.namespace() + ":default", "configmaps");
    assertThat(pool.kubectl().run("logs", "viewing").lines()).contains("configmap/by-name");
  }

  private static void startKubectl(String podName, String serviceAccount) {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: %s }
        spec:
          $onThePool
          serviceAccountName: %s
          restartPolicy: Never
          containers:
          - name: main
            image: %s
            imagePullPolicy: IfNotPresent
            command: [kubectl, get, configmaps, -o, name]
            env: [{ name: KUBECONFIG, value: /by-name/kubeconfig }]
            volumeMounts: [{ name: by-name, mountPath: /by-name }]
          volumes: [{ name: by-name, configMap: { name: by-name } }]
        """
            .formatted(podName, serviceAccount, pool.cluster().image("control-plane")));
  }

  private static String serviceAddress(String name) {
    return pool.cluster()
        .client()
        .services()
        .inNamespace(pool.namespace())
        .withName(name)
        .get()
        .getSpec()
        .getClusterIP();
  }
}
