package jontainers.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import jontainers.netlink.route.MacAddress;
import jontainers.network.BridgeNetwork;
import jontainers.network.Bridges;
import jontainers.network.Cidr;
import jontainers.network.Endpoint;
import jontainers.network.EndpointRequest;
import jontainers.network.NetworkException;
import org.jspecify.annotations.Nullable;

/// The one network of this engine: `bridge` on the link `jontainers0`.
///
/// Opened when it is first needed, since a container without a network needs no netlink. Safe for
/// any thread; preparing and releasing happen under the store's lock.
final class DefaultNetwork implements Supplier<Optional<Bridges>>, AutoCloseable {
  static final String NAME = "bridge";
  static final String LINK = "jontainers0";
  static final String SUBNET = "172.19.80.0/24";

  /// The kernel's longest of a bridge; loopback has more.
  private static final int LONGEST = 65535;

  /// How long the kernel may take to delete the link of a namespace that is gone.
  private static final Duration DELETION = Duration.ofSeconds(2);

  private final Path root;
  private final Map<String, Instant> leaving = new ConcurrentHashMap<>();
  private @Nullable Bridges bridges;

  DefaultNetwork(Path root) {
    this.root = root;
  }

  /// Return the networks, or nothing where netlink cannot be spoken and so nothing can be held.
  @Override
  public Optional<Bridges> get() {
    try {
      return Optional.of(bridges());
    } catch (NetworkException e) {
      return Optional.empty();
    }
  }

  /// @param mtu the longest packet; where neither it nor the network is there, the uplink's, so
  ///   that nothing longer is sent than gets through
  List<String> prepare(Optional<Cidr> subnet, OptionalInt mtu) throws EngineException {
    try {
      var known = known();
      var wanted =
          subnet.isPresent()
              ? BridgeNetwork.of(NAME, LINK, subnet.get())
              : known.isPresent() ? known.get() : standard();
      if (mtu.isPresent() || known.isPresent()) {
        wanted = wanted.withMtu(mtu.orElseGet(() -> known.orElseThrow().mtu()));
      } else {
        wanted = wanted.withMtu(Math.min(LONGEST, bridges().uplinkMtu().orElse(wanted.mtu())));
      }
      if (known.isPresent() && mtu.isPresent() && known.get().mtu() != mtu.getAsInt()) {
        throw new EngineException(
            EngineException.Category.CONFLICT,
            "the network has the MTU " + known.get().mtu() + " already",
            "jontainers stop takes it away first");
      }
      if (known.isPresent() && !known.get().subnet().equals(wanted.subnet())) {
        throw new EngineException(
            EngineException.Category.CONFLICT,
            "the network has the subnet " + known.get().subnet() + " already",
            "jontainers stop takes it away first");
      }
      return bridges().prepare(wanted);
    } catch (NetworkException e) {
      throw Failures.of(e);
    }
  }

  List<String> release() throws EngineException {
    try {
      var known = known();
      return known.isPresent() ? bridges().release(known.get()) : List.of();
    } catch (NetworkException e) {
      throw Failures.of(e);
    }
  }

  /// Connect a container; the network is prepared before where it is missing.
  ///
  /// @param namespaces makes the network namespace
  /// @param prepare prepares it under the store's lock
  Endpoint connect(
      String id, NetworkSettings settings, Bridges.Namespaces namespaces, Preparation prepare)
      throws EngineException {
    try {
      var known = known();
      if (known.isPresent()) {
        try {
          return bridges().open(request(id, known.get(), settings), namespaces);
        } catch (NetworkException e) {
          if (e.reason() != NetworkException.Reason.NOT_FOUND) {
            throw e;
          }
        }
      }
      prepare.run();
      var prepared = known();
      if (prepared.isEmpty()) {
        throw new EngineException(
            EngineException.Category.NOT_FOUND, "the network is not prepared");
      }
      return bridges().open(request(id, prepared.get(), settings), namespaces);
    } catch (NetworkException e) {
      throw Failures.of(e);
    }
  }

  /// Tell whether an endpoint that was connected a while ago still is.
  boolean has(String id, Endpoint endpoint) {
    try {
      return known().filter(endpoint.network()::equals).isPresent() && bridges().has(id, endpoint);
    } catch (NetworkException e) {
      return false;
    }
  }

  /// Disconnect whatever belongs to an owner.
  void release(String id) throws EngineException {
    try {
      var _ = bridges().release(id);
    } catch (NetworkException e) {
      throw Failures.of(e);
    }
  }

  private static EndpointRequest request(
      String id, BridgeNetwork network, NetworkSettings settings) {
    var request = EndpointRequest.of(id, network);
    if (settings.address().isPresent()) {
      request = request.withAddress(settings.address().get());
    }
    if (settings.mac().isPresent()) {
      request = request.withMac(MacAddress.parse(settings.mac().get()));
    }
    return request;
  }

  /// Disconnect a container that has ended.
  ///
  /// The kernel deletes its link a moment later, in a thread of its own; [#close] makes sure of it.
  void disconnect(String id, Endpoint endpoint) throws NetworkException {
    var now = Instant.now();
    leaving.values().removeIf(since -> since.plus(DELETION).isBefore(now));
    leaving.put(id, now);
    endpoint.close();
  }

  /// Prepares the network.
  interface Preparation {
    void run() throws EngineException;
  }

  /// Delete what links the kernel has not deleted yet, so that none is seen when a command has
  /// ended.
  @Override
  public synchronized void close() throws EngineException {
    if (bridges == null) {
      return;
    }
    try (var closing = bridges) {
      for (String id : leaving.keySet()) {
        closing.release(id);
      }
    } catch (NetworkException e) {
      throw Failures.of(e);
    }
  }

  private Optional<BridgeNetwork> known() throws NetworkException {
    return bridges().prepared().stream().filter(n -> n.name().equals(NAME)).findFirst();
  }

  private static BridgeNetwork standard() throws NetworkException {
    return BridgeNetwork.of(NAME, LINK, Cidr.parse(SUBNET));
  }

  private synchronized Bridges bridges() throws NetworkException {
    if (bridges == null) {
      bridges = Bridges.open(root);
    }
    return bridges;
  }
}
