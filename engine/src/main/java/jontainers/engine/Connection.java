package jontainers.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import jontainers.linux.NetworkNamespace;
import jontainers.network.Bridges;
import jontainers.network.Endpoint;
import jontainers.network.Loopback;
import jontainers.network.NetworkException;

/// What a container has of the network; whoever made it releases it once the container is dead.
sealed interface Connection {
  /// The host's own.
  record Host() implements Connection {}

  /// A namespace with `lo` up and nothing else.
  record Alone(NetworkNamespace namespace) implements Connection {}

  /// A place on the bridge.
  ///
  /// @param chosen whether it was asked for, and so may be asked for again at once
  record Bridged(String id, Endpoint endpoint, DefaultNetwork network, boolean chosen)
      implements Connection {}

  /// Make one.
  ///
  /// @param id of the container
  /// @param ledger is written before something is taken
  /// @param namespaces makes a network namespace
  /// @param prepare prepares the network, where it is missing
  static Connection make(
      NetworkSettings settings,
      String id,
      Ledger ledger,
      DefaultNetwork network,
      Bridges.Namespaces namespaces,
      DefaultNetwork.Preparation prepare)
      throws IOException, EngineException {
    return switch (settings.mode()) {
      case HOST -> new Host();
      case NONE -> new Alone(alone(namespaces));
      case BRIDGE -> {
        ledger.write(new Ledger.Holding.Endpoint(DefaultNetwork.NAME));
        yield new Bridged(
            id, network.connect(id, settings, namespaces, prepare), network, settings.chooses());
      }
    };
  }

  /// Return the container's address on the bridge.
  default Optional<InetAddress> address() {
    return switch (this) {
      case Host _, Alone _ -> Optional.empty();
      case Bridged bridged -> Optional.of(bridged.endpoint.address());
    };
  }

  /// Return the address of the bridge.
  default Optional<InetAddress> gateway() {
    return switch (this) {
      case Host _, Alone _ -> Optional.empty();
      case Bridged bridged -> Optional.of(bridged.endpoint.gateway());
    };
  }

  /// Return the path of the network namespace; none of the host's.
  default Optional<Path> netns() {
    return switch (this) {
      case Host _ -> Optional.empty();
      case Alone alone -> Optional.of(alone.namespace.fd().procPath());
      case Bridged bridged -> Optional.of(bridged.endpoint.netns().procPath());
    };
  }

  /// Tell whether it is still there, and nobody has taken the network away.
  default boolean isThere() {
    return switch (this) {
      case Host _, Alone _ -> true;
      case Bridged bridged -> bridged.network.has(bridged.id, bridged.endpoint);
    };
  }

  /// Tell whether it is to be free as soon as the container is gone.
  default boolean isChosen() {
    return this instanceof Bridged bridged && bridged.chosen;
  }

  /// Let go of it; a second time there is nothing to do.
  default void release() throws NetworkException {
    switch (this) {
      case Host _ -> {}
      case Alone alone -> alone.namespace.close();
      case Bridged bridged -> bridged.network.disconnect(bridged.id, bridged.endpoint);
    }
  }

  /// Keep nothing of it here and leave it to the container, which has it as long as it lives.
  default void leave() {
    switch (this) {
      case Host _ -> {}
      case Alone alone -> alone.namespace.close();
      case Bridged bridged -> bridged.endpoint.leave();
    }
  }

  private static NetworkNamespace alone(Bridges.Namespaces namespaces)
      throws IOException, EngineException {
    var namespace = namespaces.take(() -> {});
    try {
      Loopback.up(namespace);
      return namespace;
    } catch (NetworkException e) {
      namespace.close();
      throw Failures.of(e);
    }
  }
}
