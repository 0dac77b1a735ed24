package jontainers.network;

import java.net.InetAddress;
import jontainers.linux.Fd;
import jontainers.netlink.route.MacAddress;

/// A container's place in a network: a network namespace with `eth0` and `lo` up and configured.
///
/// Whoever opened it closes it, once the container is dead: closing takes the link down, lets go of
/// the namespace and frees the address, in a fraction of a millisecond. The kernel deletes the link
/// some milliseconds later, as soon as nobody else (a process that joined it) holds the namespace.
/// When this process dies instead, `Bridges.release(owner)` cleans up. Safe for any thread.
public final class Endpoint implements AutoCloseable {
  private final Fd netns;
  private final InetAddress address;
  private final BridgeNetwork network;
  private final MacAddress mac;
  private final String hostLink;
  private final Undo undo;

  Endpoint(
      Fd netns,
      InetAddress address,
      BridgeNetwork network,
      MacAddress mac,
      String hostLink,
      Undo undo) {
    this.netns = netns;
    this.address = address;
    this.network = network;
    this.mac = mac;
    this.hostLink = hostLink;
    this.undo = undo;
  }

  /// Return the network namespace, lent until [#close].
  public Fd netns() {
    return netns;
  }

  public InetAddress address() {
    return address;
  }

  /// Return how many bits of the address name the network.
  public int prefixLength() {
    return network.subnet().prefixLength();
  }

  public InetAddress gateway() {
    return network.gateway();
  }

  public BridgeNetwork network() {
    return network;
  }

  public MacAddress mac() {
    return mac;
  }

  /// Return the name of the link's end on the host.
  public String hostLink() {
    return hostLink;
  }

  /// Let go of the namespace alone: link and address stay the container's, until they are released
  /// by its id.
  public void leave() {
    netns.close();
  }

  /// Take everything away that opening it made; a second time there is nothing to do.
  ///
  /// @throws NetworkException the first failure, after everything was tried
  @Override
  public void close() throws NetworkException {
    undo.run();
  }
}
