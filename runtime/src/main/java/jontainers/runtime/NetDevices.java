package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import jontainers.linux.Fd;
import jontainers.linux.NetworkNamespace;
import jontainers.linux.SyscallException;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.LinkAddress;
import jontainers.netlink.route.RouteSocket;
import jontainers.oci.Spec;

/// Move network devices of the host into a container: `netDevices` of config-linux.md. They keep
/// their addresses, and are up.
final class NetDevices {
  private NetDevices() {}

  /// @param pid a process in the container's network namespace
  static void move(Spec spec, int pid) throws IOException {
    var devices = Objects.requireNonNull(spec.linux()).netDevices();
    try (var netns = Fd.open(Path.of("/proc/" + pid + "/ns/net"), Fd.O_RDONLY);
        var outside = RouteSocket.open();
        var namespace = NetworkNamespace.of(netns)) {
      for (var device : devices.entrySet()) {
        String inside = device.getValue().name();
        move(
            outside,
            namespace,
            device.getKey(),
            inside == null || inside.isEmpty() ? device.getKey() : inside);
      }
    }
  }

  private static void move(
      RouteSocket outside, NetworkNamespace namespace, String name, String newName)
      throws IOException {
    var link =
        outside
            .link(name)
            .orElseThrow(() ->
                new StartException(
                    "the host has no network device " + name, "linux.netDevices names it"));
    var addresses =
        outside.addresses().stream()
            .filter(address -> address.link() == link.index())
            .filter(address -> !address.address().isLinkLocalAddress())
            .toList();
    outside.execute(Link.move(link.index(), namespace.fd().number(), newName));
    settle(RouteSocket.owning(namespace.route()), newName, addresses);
  }

  private static void settle(RouteSocket inside, String name, List<LinkAddress> addresses)
      throws SyscallException {
    int index = inside.link(name).orElseThrow().index();
    for (var address : addresses) {
      inside.execute(new LinkAddress(index, address.address(), address.prefixLength()).add());
    }
    inside.execute(Link.up(name));
  }
}
