package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What the containers of a pod find around them: names, addresses, processes and terminals. */
@Execution(ExecutionMode.CONCURRENT)
class SurroundingsIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(SurroundingsIT.class);
  }

  @Test
  void aPodKnowsItsNamesAndThoseThatItIsTold() {
    // With one container, and with several that share another's network.
    for (var containers : new String[] {"one", "two"}) {
      pool.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata: { name: %1$s-named }
          spec:
            $onThePool
            restartPolicy: Never
            hostname: web
            subdomain: nodes
            hostAliases:
            - { ip: 10.0.0.1, hostnames: [db, db.example.com] }
            - { ip: "fd00::1", hostnames: [six] }
            dnsPolicy: None
            dnsConfig:
              nameservers: [10.0.0.10, 10.0.0.11]
              searches: [example.com, team.example.com]
              options: [{ name: ndots, value: "2" }, { name: edns0 }]
            containers:
            - name: main
              $busybox
              command: [sh, -c, 'hostname; hostname -f; grep -E "^(10.0.0.1|fd00::1)" /etc/hosts; grep -v "^#" /etc/resolv.conf']
          """
                  .formatted(containers)
              + ("two".equals(containers)
                  ? """
                    - name: other
                      $busybox
                      command: ["true"]
                  """
                  : ""));
    }
    for (var pod : new String[] {"one-named", "two-named"}) {
      pool.awaitPhase(pod, "Succeeded");

      assertThat(pool.kubectl().run("logs", pod, "-c=main").replace('\t', ' '))
          .isEqualTo(
              """
              web
              web.nodes.%s.svc.cluster.local
              10.0.0.1 db
              10.0.0.1 db.example.com
              fd00::1 six
              search example.com team.example.com
              nameserver 10.0.0.10
              nameserver 10.0.0.11
              options ndots:2 edns0
              """
                  .formatted(pool.namespace()));
    }
  }

  @Test
  void theWholeNameIsTheHostnameIfThePodWantsIt() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: whole }
        spec:
          $onThePool
          restartPolicy: Never
          hostname: "w"
          subdomain: "n"
          setHostnameAsFQDN: true
          dnsPolicy: Default
          dnsConfig: { searches: [example.com] }
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'hostname; grep -o "w\\.n\\..*" /etc/hosts; grep search /etc/resolv.conf; grep -c nameserver /etc/resolv.conf']
        """);
    pool.awaitPhase("whole", "Succeeded");

    var name = "w.n.%s.svc.cluster.local".formatted(pool.namespace());
    assertThat(pool.kubectl().run("logs", "whole").lines())
        .startsWith(name, name + " w", "search example.com")
        .doesNotContain("0");
  }

  @Test
  void containersSeeEachOthersProcessesIfThePodWantsIt() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: together }
        spec:
          $onThePool
          restartPolicy: OnFailure
          shareProcessNamespace: true
          volumes: [{ name: notes, emptyDir: {} }]
          containers:
          - name: server
            $busybox
            command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.1; done # the-server']
          - name: killer
            $busybox
            command:
            - sh
            - -c
            - |
              test $$ != 1 && cat /proc/1/comm
              test -e /notes/been || { touch /notes/been; exit 1; }
              until ps | grep -q 'the-[s]erver'; do sleep 0.1; done
              kill $(ps | awk '/the-[s]erver/ { print $1 }')
            volumeMounts: [{ name: notes, mountPath: /notes }]
        """);
    var pod = pool.awaitPhase("together", "Succeeded");

    assertThat(pool.kubectl().run("logs", "together", "-c=killer")).isEqualTo("pause\n");
    assertThat(pod.getStatus().getContainerStatuses())
        .extracting(status -> status.getRestartCount())
        .containsExactly(0, 1);

    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: alone }
        spec:
          $onThePool
          restartPolicy: Never
          shareProcessNamespace: true
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'cat /proc/1/comm']
        """);
    pool.awaitPhase("alone", "Succeeded");
    assertThat(pool.kubectl().run("logs", "alone")).isEqualTo("pause\n");

    pool.kubectl().run("delete", "pod", "together", "alone");
    pool.awaitNothingAtTheEngine("together");
    pool.awaitNothingAtTheEngine("alone");
  }

  @Test
  void aContainerHasTheTerminalAndTheInputThatItAsksFor() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: terminal }
        spec:
          $onThePool
          restartPolicy: OnFailure
          volumes: [{ name: notes, emptyDir: {} }]
          containers:
          - name: main
            $busybox
            tty: true
            command:
            - sh
            - -c
            - |
              test -t 1 && echo a terminal
              echo another line
              test -e /notes/been || { touch /notes/been; exit 1; }
            volumeMounts: [{ name: notes, mountPath: /notes }]
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: waiting }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 0
          restartPolicy: Never
          containers:
          - name: waits
            $busybox
            stdin: true
            stdinOnce: true
            command: [cat]
          - name: reads-nothing
            $busybox
            command: [cat]
        """);
    var terminal = pool.awaitPhase("terminal", "Succeeded");
    assertThat(container(terminal).getRestartCount()).isEqualTo(1);
    assertThat(pool.kubectl().run("logs", "terminal")).isEqualTo("a terminal\r\nanother line\r\n");
    assertThat(pool.kubectl().run("logs", "terminal", "--previous"))
        .isEqualTo("a terminal\r\nanother line\r\n");
    assertThat(pool.kubectl().run("logs", "terminal", "--tail=1", "--since=1h"))
        .isEqualTo("another line\r\n");
    assertThat(pool.kubectl().run("logs", "terminal", "--timestamps", "--tail=1"))
        .matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z another line\r\n");

    var waiting =
        pool.await(
            "waiting",
            pod ->
                pod.getStatus().getContainerStatuses().stream()
                    .anyMatch(status -> status.getState().getTerminated() != null));
    assertThat(waiting.getStatus().getContainerStatuses().get(0).getState().getRunning())
        .isNotNull();
    assertThat(waiting.getStatus().getContainerStatuses().get(1).getState().getTerminated())
        .extracting(ended -> ended.getExitCode())
        .isEqualTo(0);
  }
}
