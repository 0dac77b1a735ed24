package jontainers.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import jontainers.linux.NetworkNamespace;
import jontainers.linux.SyscallException;
import jontainers.netlink.nftables.NftablesSocket;
import jontainers.netlink.route.RouteSocket;

/// Prepare bridge networks on this host and connect containers to them.
///
/// State lies under `STATE/network`: per network a file `prepared` and a directory `addresses`, and
/// in `.sysctl` what was changed for all of them. What it tells of is gone after a reboot, and then
/// made anew by [#prepare]. Safe for any thread: preparing and releasing a network exclude each
/// other, endpoints are opened in parallel. One process at a time may prepare and release (the
/// engine has a lock for its root); endpoints and addresses bear several.
public final class Bridges implements AutoCloseable {
  static final String ADDRESSES = "addresses";
  private static final String SYSCTL = ".sysctl";

  private final Path root;
  private final RouteSocket route;
  private final NftablesSocket nftables;
  private final Firewall firewall;
  private final Forwarding forwarding;
  private final Map<BridgeNetwork, Addresses> addresses = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();

  private Bridges(Path root, RouteSocket route, NftablesSocket nftables) {
    this.root = root;
    this.route = route;
    this.nftables = nftables;
    this.firewall = new Firewall(nftables);
    this.forwarding = new Forwarding(root.resolve(SYSCTL));
  }

  /// Open the networks of a state directory, in the calling thread's network namespace.
  ///
  /// @param state the engine's runtime state; made when something is written
  public static Bridges open(Path state) throws NetworkException {
    return Deed.named("open the networks", () -> opened(state.resolve("network")));
  }

  /// Make a network ready for endpoints; where it is ready already, nothing changes.
  ///
  /// The bridge with the gateway's address, forwarding, and the packet filter. Where a step fails,
  /// the ones before it are taken back.
  ///
  /// @return a sentence for each thing that was made or was already there
  /// @throws NetworkException INVALID for a network that cannot be, CONFLICT for one that the host
  ///   has no place for; all reasons at once, before anything is touched
  public List<String> prepare(BridgeNetwork network) throws NetworkException {
    return locked(
        "prepare network " + network.name(),
        () ->
            new BridgeSetup(network, root, addresses(network), route, firewall, forwarding).run());
  }

  /// Return the longest packet that leaves the host by its default routes; empty where it has none.
  public OptionalInt uplinkMtu() throws NetworkException {
    return locked("look for the uplink", () -> HostView.of(route).uplinkMtu());
  }

  /// Take away what [#prepare] made, and only that.
  ///
  /// @return a sentence for each thing that was taken away
  /// @throws NetworkException CONFLICT when containers are in the network
  public List<String> release(BridgeNetwork network) throws NetworkException {
    return locked(
        "release network " + network.name(),
        () -> {
          var done =
              new BridgeRemoval(root, route, firewall, forwarding)
                  .run(network.name(), addresses(network));
          addresses.remove(network);
          return done;
        });
  }

  /// Return the networks that are prepared, by name.
  public List<BridgeNetwork> prepared() throws NetworkException {
    return locked(
        "list the networks", () -> Prepared.list(root).stream().map(Prepared::network).toList());
  }

  /// Make a network namespace and connect it; the caller closes it.
  ///
  /// @throws NetworkException after everything that was made is taken back
  public Endpoint open(EndpointRequest request) throws NetworkException {
    return open(request, NetworkNamespace::create);
  }

  /// Connect a network namespace that somebody else makes; the caller closes the endpoint.
  ///
  /// @throws NetworkException after everything that was made is taken back
  public Endpoint open(EndpointRequest request, Namespaces namespaces) throws NetworkException {
    return Deed.named(
        "connect container " + request.owner() + " to network " + request.network().name(),
        () ->
            new EndpointSetup(request, addresses(request.network()), route, firewall, namespaces)
                .run());
  }

  /// Gives a namespace with nothing up, which the endpoint then owns.
  public interface Namespaces {
    /// Make one.
    ///
    /// @param first is to be done inside before it is given
    NetworkNamespace take(NetworkNamespace.Deed first) throws SyscallException;
  }

  /// Tell whether an endpoint is as it was opened: its link and its address are there.
  public boolean has(String owner, Endpoint endpoint) throws NetworkException {
    return Deed.named(
        "look for link " + endpoint.hostLink(),
        () ->
            route.link(endpoint.hostLink()).isPresent()
                && addresses(endpoint.network())
                    .owner(endpoint.address())
                    .filter(owner::equals)
                    .isPresent());
  }

  /// Free what an owner left behind in any network, its links and addresses; may be repeated.
  ///
  /// @return a sentence for each thing that was taken away
  public List<String> release(String owner) throws NetworkException {
    var done = new ArrayList<String>();
    for (var network : prepared()) {
      String link = HostLink.name(owner, network.name());
      Deed.named(
          "delete link " + link,
          () -> {
            if (route.link(link).isPresent()) {
              BridgeSetup.deleteLink(route, link);
              done.add("removed link " + link);
            }
          });
      for (var attachment : addresses(network).attachments(owner)) {
        Deed.named("clean nftables " + SourceGuard.TABLE, () -> firewall.disconnect(attachment));
      }
      int count = addresses(network).releaseOwnedBy(owner);
      if (count > 0) {
        done.add("freed " + count + (count == 1 ? " address" : " addresses") + " of " + owner);
      }
    }
    return List.copyOf(done);
  }

  /// Return who has which address of a network.
  public Addresses addresses(BridgeNetwork network) throws NetworkException {
    var directory = directory(network).resolve(ADDRESSES);
    return addresses.computeIfAbsent(network, n -> new Addresses(directory, n));
  }

  @Override
  public void close() {
    nftables.close();
    route.close();
  }

  private Path directory(BridgeNetwork network) throws NetworkException {
    Problem.throwIfAny(network.problems()); // a name is checked before it becomes a path
    return root.resolve(network.name());
  }

  private static Bridges opened(Path root) throws SyscallException {
    var route = RouteSocket.open();
    try {
      return new Bridges(root, route, NftablesSocket.open());
    } catch (SyscallException e) {
      route.close();
      throw e;
    }
  }

  private <T> T locked(String deed, Deed.Work<T> work) throws NetworkException {
    lock.lock();
    try {
      return Deed.named(deed, work);
    } finally {
      lock.unlock();
    }
  }
}
