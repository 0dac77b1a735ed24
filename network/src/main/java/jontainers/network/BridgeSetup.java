package jontainers.network;

import static jontainers.network.Prepared.Origin.CREATED;
import static jontainers.network.Prepared.Origin.FOUND;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.netlink.Request;
import jontainers.netlink.route.Bridge;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.LinkAddress;
import jontainers.netlink.route.MacAddress;
import jontainers.netlink.route.RouteSocket;

/// Put one network's bridge, forwarding and packet filter on the host.
///
/// Each step does nothing where its work is done already, and has its removal beside it for a
/// failure later on. What will be ours is on the disk before it is made. Confined to one thread.
final class BridgeSetup {
  private final BridgeNetwork network;
  private final Path root;
  private final Path directory;
  private final Addresses addresses;
  private final RouteSocket route;
  private final Firewall firewall;
  private final Forwarding forwarding;
  private final Undo undo = new Undo();
  private final List<String> done = new ArrayList<>();

  BridgeSetup(
      BridgeNetwork network,
      Path root,
      Addresses addresses,
      RouteSocket route,
      Firewall firewall,
      Forwarding forwarding) {
    this.network = network;
    this.root = root;
    this.directory = root.resolve(network.name());
    this.addresses = addresses;
    this.route = route;
    this.firewall = firewall;
    this.forwarding = forwarding;
  }

  /// Do all steps and return a sentence for each thing that was made or was already there.
  List<String> run() throws IOException, NetworkException {
    Problem.throwIfAny(network.problems());
    var host = HostView.of(route);
    var before = Prepared.read(directory);
    var problems = new ArrayList<>(host.problems(network));
    before.filter(b -> !b.network().equals(network)).map(this::differs).ifPresent(problems::add);
    Problem.throwIfAny(problems);
    return undo.attempt(() -> {
      remember(before, host);
      bridge(before, host);
      filter(); // before forward, so that the host is never an open router
      forward();
      return List.copyOf(done);
    });
  }

  private Problem differs(Prepared before) {
    return Problem.conflict(
        "network "
            + network.name()
            + " is there already, as bridge "
            + before.network().link()
            + " with subnet "
            + before.network().subnet(),
        "");
  }

  private void remember(Optional<Prepared> before, HostView host) throws IOException {
    boolean bridgeIsOurs =
        host.link(network.link()).isEmpty() || before.stream().anyMatch(b -> b.bridge() == CREATED);
    boolean addressIsOurs =
        !hasAddress(host) || before.stream().anyMatch(b -> b.address() == CREATED);
    new Prepared(network, bridgeIsOurs ? CREATED : FOUND, addressIsOurs ? CREATED : FOUND)
        .write(directory);
    StateFile.makeDirectories(directory.resolve(Bridges.ADDRESSES));
    if (before.isEmpty()) {
      undo.push(
          () -> Deed.named("forget network " + network.name(), () -> Prepared.forget(directory)));
    }
  }

  private void bridge(Optional<Prepared> before, HostView host) throws SyscallException {
    String what = "bridge " + network.link() + " (" + gateway(0) + ")";
    boolean exists = host.link(network.link()).isPresent();
    if (!exists) {
      make();
    }
    int index = route.link(network.link()).map(Link::index).orElse(0);
    if (!exists || before.stream().anyMatch(b -> b.bridge() == CREATED)) {
      LinkSettings.write(LinkSettings.bridge(network));
    }
    if (exists && hasAddress(host)) {
      route.execute(Link.up(network.link()));
      done.add(what + " was already there");
      return;
    }
    route.execute(gateway(index).add(), Link.up(network.link()));
    undo.push(() ->
        Deed.named(
            "delete address " + gateway(index),
            () ->
                route.execute(
                    gateway(index).delete().tolerating(Errno.ENODEV, Errno.EADDRNOTAVAIL))));
    done.add(
        exists ? "added " + gateway(index) + " to bridge " + network.link() : "created " + what);
  }

  /// A network without IPv6 has no link-local addresses either: what is not used is not reachable.
  private void make() throws SyscallException {
    var bridge = new Bridge(network.link(), MacAddress.derivedFrom(network.gateway())).add();
    if (network.subnet().isIpv4()) {
      route.execute(bridge, withoutLinkLocalAddress(network.link()));
    } else {
      route.execute(bridge);
    }
    undo.push(() ->
        Deed.named("delete bridge " + network.link(), () -> deleteLink(route, network.link())));
    route.execute(Link.setMtu(network.link(), network.mtu()));
  }

  private void forward() throws IOException {
    String sysctl = Forwarding.sysctl(network.subnet());
    if (forwarding.enable(sysctl)) {
      undo.push(() -> Deed.named("put back " + sysctl, () -> forwarding.restore(sysctl)));
      done.add("enabled " + sysctl);
    } else {
      done.add(sysctl + " was already enabled");
    }
  }

  private void filter() throws IOException, NetworkException {
    var routing =
        forwarding.isOurs(Forwarding.sysctl(network.subnet()))
            ? Firewall.Routing.OF_CONTAINERS
            : Firewall.Routing.OF_THE_HOST;
    var rest = Prepared.rest(root, network);
    boolean isNew = firewall.add(network, routing, addresses.attachments());
    if (isNew) {
      undo.push(() ->
          Deed.named("clean nftables " + Firewall.TABLE, () -> firewall.remove(network, rest)));
    }
    done.add(
        isNew
            ? "added network " + network.name() + " to nftables " + Firewall.TABLE
            : "network " + network.name() + " was already in nftables " + Firewall.TABLE);
    for (var chain : firewall.droppers()) {
      done.add(
          "nftables "
              + chain
              + " drops forwarded packets by its policy; containers reach the outside only where"
              + " it has a rule for "
              + network.link());
    }
  }

  private boolean hasAddress(HostView host) {
    int index = host.link(network.link()).map(Link::index).orElse(-1);
    return host.addresses().contains(gateway(index));
  }

  private LinkAddress gateway(int index) {
    return new LinkAddress(index, network.gateway(), network.subnet().prefixLength());
  }

  static Request withoutLinkLocalAddress(String link) {
    // On a kernel without IPv6 there is nothing to switch off.
    return Link.withoutLinkLocalAddress(link)
        .tolerating(Errno.EAFNOSUPPORT, Errno.EOPNOTSUPP, Errno.EINVAL);
  }

  static void deleteLink(RouteSocket route, String name) throws SyscallException {
    route.execute(Link.delete(name).tolerating(Errno.ENODEV));
  }
}
