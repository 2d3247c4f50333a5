package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.ContainerGroup;
import java.util.List;

/** What would become of a pod at a node, found out without a launch: pure. */
public sealed interface PodPreview {

  /**
   * It can never run there.
   *
   * @param reasons each as {@code <path>: <why>}
   */
  record Refused(List<String> reasons) implements PodPreview {
    public Refused {
      reasons = List.copyOf(reasons);
    }
  }

  /** It would wait until somebody changes something, though all that it names were there. */
  record Waits(String reason) implements PodPreview {}

  /**
   * As far as this operator is concerned it can run; the backend has a say yet.
   *
   * @param group what the backend would be asked for; values of ConfigMaps, Secrets and tokens in
   *     it are made up
   * @param assumed what has to be there for that, for people
   */
  record Translated(ContainerGroup group, List<String> assumed) implements PodPreview {
    public Translated {
      assumed = List.copyOf(assumed);
    }
  }

  /**
   * @param pod with the API server's defaults
   */
  static PodPreview of(Pod pod, NodeFacts node) {
    var refusals = PodTranslator.refusals(pod, node);
    if (!refusals.isEmpty()) {
      return new Refused(refusals);
    }
    var assumed = new AssumedInputs(pod, node);
    try {
      return new Translated(
          PodTranslator.translate(pod, assumed.inputs(), node), assumed.described());
    } catch (MissingInput e) {
      return new Waits(e.getMessage());
    } catch (Unsupported e) {
      return new Refused(e.reasons());
    }
  }

  /** Whether a pod that can never run fails; otherwise it stays Pending, with the reason. */
  static boolean failsIfRefused(Pod pod) {
    return PodFailure.endsFor(pod);
  }
}
