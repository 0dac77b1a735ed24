package jontainers.engine;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// What a container has of networks and of names.
///
/// @param mode which network it sees
/// @param address the address it wants on a bridge; absent for any free one
/// @param mac the MAC address it wants on a bridge, as `02:42:ac:13:50:02`
/// @param dns name servers in the place of the host's; empty for the host's
/// @param dnsSearch search domains in the place of the host's; `.` alone for none
/// @param dnsOptions resolver options in the place of the host's: resolv.conf(5)
/// @param extraHosts lines for /etc/hosts, each `NAME:ADDRESS`; the address `host-gateway` is the
///   bridge's own
public record NetworkSettings(
    NetworkMode mode,
    Optional<InetAddress> address,
    Optional<String> mac,
    List<String> dns,
    List<String> dnsSearch,
    List<String> dnsOptions,
    List<String> extraHosts) {
  static final String HOST_GATEWAY = "host-gateway";

  public NetworkSettings {
    dns = List.copyOf(dns);
    dnsSearch = List.copyOf(dnsSearch);
    dnsOptions = List.copyOf(dnsOptions);
    extraHosts = List.copyOf(extraHosts);
  }

  /// A network and nothing particular.
  public static NetworkSettings of(NetworkMode mode) {
    return new NetworkSettings(
        mode, Optional.empty(), Optional.empty(), List.of(), List.of(), List.of(), List.of());
  }

  /// Tell whether not any place on a bridge will do.
  boolean chooses() {
    return address.isPresent() || mac.isPresent();
  }
}
