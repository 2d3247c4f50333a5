package io.virtualnodes.plugin;

import io.virtualnodes.plugin.Finding.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is wrong with pools, or will be. */
@Command(
    name = "doctor",
    description = {
      "Looks for what is wrong: the operator, its nodes, pools, and what they do to the cluster.",
      "Nothing is written. What you may not read is told as a warning."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Mixin private ClusterOptions cluster;
  @Mixin private OutputOptions output;

  @Parameters(paramLabel = "POOL", arity = "0..1", description = "The pool; left out: all of them.")
  private String pool;

  @Option(
      names = "--bundle",
      paramLabel = "FILE.tar.gz",
      description =
          "Also writes what helps others to find out more: pools, nodes, leases, pods, events and"
              + " the operator's log, without environments, commands, outputs and Secrets.")
  private Path bundle;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<Finding> findings;
    Optional<Finding.Bundle> written = Optional.empty();
    try (var client = cluster.connect()) {
      var facts = new ClusterReader(client).read(pool);
      findings = findings(facts);
      if (bundle != null) {
        var leftOut = SupportBundle.write(bundle, client, facts, findings);
        written = Optional.of(new Finding.Bundle(bundle.toString(), leftOut));
        if (output.forPeople()) {
          spec.commandLine().getOut().println("wrote " + bundle);
          leftOut.forEach(what -> spec.commandLine().getOut().println("  without " + what));
        }
      }
    }
    output.print(
        spec.commandLine().getOut(),
        new Finding.All(findings, written),
        () -> Finding.text(findings));
    return findings.stream().anyMatch(one -> one.level() == Level.FAIL)
        ? KubectlVnode.BAD
        : KubectlVnode.GOOD;
  }

  /** All that there is to say of a cluster, the operator first. */
  static List<Finding> findings(ClusterFacts facts) {
    var findings = new ArrayList<Finding>();
    findings.addAll(InstallationChecks.of(facts));
    findings.addAll(RightsChecks.of(facts));
    findings.addAll(SecretChecks.of(facts));
    findings.addAll(Placeholders.of(facts));
    findings.addAll(PoolChecks.of(facts));
    findings.addAll(CredentialChecks.of(facts));
    findings.addAll(EngineChecks.of(facts));
    findings.addAll(NodeChecks.of(facts));
    return List.copyOf(findings);
  }
}
