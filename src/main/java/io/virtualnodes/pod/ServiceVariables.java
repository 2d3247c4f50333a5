package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The variables by which a container finds Services without DNS, named as the kubelet and Docker's
 * links name them.
 */
final class ServiceVariables {
  private ServiceVariables() {}

  /**
   * @param services of two with one name the later one counts; one without an address of its own
   *     has no variables
   */
  static Map<String, String> of(List<Service> services) {
    var byName = new TreeMap<String, Service>();
    services.stream()
        .filter(ServiceVariables::hasAddress)
        .forEach(service -> byName.put(service.getMetadata().getName(), service));
    var variables = new LinkedHashMap<String, String>();
    byName.forEach((name, service) -> add(variables, upper(name), service));
    return variables;
  }

  private static boolean hasAddress(Service service) {
    var address = service.getSpec().getClusterIP();
    return address != null && !address.isEmpty() && !address.equals("None");
  }

  private static void add(Map<String, String> variables, String name, Service service) {
    var address = service.getSpec().getClusterIP();
    var ports = service.getSpec().getPorts();
    variables.put(name + "_SERVICE_HOST", address);
    for (var port : ports) {
      var number = port.getPort().toString();
      variables.putIfAbsent(name + "_SERVICE_PORT", number);
      if (port.getName() != null && !port.getName().isEmpty()) {
        variables.put(name + "_SERVICE_PORT_" + upper(port.getName()), number);
      }
      var protocol = protocol(port);
      var url = protocol + "://" + host(address) + ":" + number;
      variables.putIfAbsent(name + "_PORT", url);
      var prefix = name + "_PORT_" + number + "_" + protocol.toUpperCase(Locale.ROOT);
      variables.put(prefix, url);
      variables.put(prefix + "_PROTO", protocol);
      variables.put(prefix + "_PORT", number);
      variables.put(prefix + "_ADDR", address);
    }
  }

  private static String protocol(ServicePort port) {
    return Optional.ofNullable(port.getProtocol())
        .filter(protocol -> !protocol.isEmpty())
        .orElse("TCP")
        .toLowerCase(Locale.ROOT);
  }

  private static String host(String address) {
    return address.contains(":") ? "[" + address + "]" : address;
  }

  private static String upper(String name) {
    return name.replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
