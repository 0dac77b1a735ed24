package jontainers.network;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.LinkAddress;
import jontainers.netlink.route.RouteSocket;

/// Take from the host what [BridgeSetup] put there, and nothing else.
///
/// The file that says so is deleted last: after a crash a repetition completes the removal.
final class BridgeRemoval {
  private final Path root;
  private final RouteSocket route;
  private final Firewall firewall;
  private final Forwarding forwarding;
  private final List<String> done = new ArrayList<>();

  BridgeRemoval(Path root, RouteSocket route, Firewall firewall, Forwarding forwarding) {
    this.root = root;
    this.route = route;
    this.firewall = firewall;
    this.forwarding = forwarding;
  }

  /// Do all steps and return a sentence for each thing that was taken away.
  List<String> run(String name, Addresses addresses) throws IOException, NetworkException {
    var directory = root.resolve(name);
    var prepared = Prepared.read(directory);
    if (prepared.isEmpty()) {
      return List.of("network " + name + " was not there");
    }
    refuseIfInUse(name, addresses);
    var rest = Prepared.rest(root, prepared.get().network());
    if (rest == Firewall.Rest.NONE) {
      forward(prepared.get().network()); // before the filter that keeps others from using it
    }
    filter(prepared.get().network(), rest);
    bridge(prepared.get());
    Prepared.forget(directory);
    return List.copyOf(done);
  }

  private static void refuseIfInUse(String name, Addresses addresses) throws NetworkException {
    var owners = new TreeSet<>(addresses.owners().values());
    if (!owners.isEmpty()) {
      throw new NetworkException(
          NetworkException.Reason.CONFLICT,
          "network " + name + " is in use by containers " + String.join(", ", owners));
    }
  }

  private void filter(BridgeNetwork network, Firewall.Rest rest) throws SyscallException {
    if (firewall.remove(network, rest)) {
      done.add("removed network " + network.name() + " from nftables " + Firewall.TABLE);
    }
  }

  private void bridge(Prepared prepared) throws SyscallException {
    var network = prepared.network();
    var link = route.link(network.link());
    if (link.isEmpty()) {
      return;
    }
    if (prepared.bridge() == Prepared.Origin.CREATED) {
      BridgeSetup.deleteLink(route, network.link());
      done.add("removed bridge " + network.link());
    } else if (prepared.address() == Prepared.Origin.CREATED) {
      var address = gateway(link.get(), network);
      route.execute(address.delete().tolerating(Errno.ENODEV, Errno.EADDRNOTAVAIL));
      done.add("removed " + address + " from bridge " + network.link());
    }
  }

  private static LinkAddress gateway(Link link, BridgeNetwork network) {
    return new LinkAddress(link.index(), network.gateway(), network.subnet().prefixLength());
  }

  private void forward(BridgeNetwork network) throws IOException {
    String sysctl = Forwarding.sysctl(network.subnet());
    if (forwarding.restore(sysctl)) {
      done.add("disabled " + sysctl + " again");
    }
  }
}
