package jontainers.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/// What is remembered of a network that was prepared.
///
/// @param bridge whether the bridge is ours to delete
/// @param address whether the gateway's address on it is
record Prepared(BridgeNetwork network, Origin bridge, Origin address) {
  private static final String FILE = "prepared";

  /// Where a thing came from.
  enum Origin {
    CREATED,
    FOUND
  }

  static Optional<Prepared> read(Path directory) throws IOException, NetworkException {
    var values = StateFile.read(directory.resolve(FILE));
    return values.isEmpty() ? Optional.empty() : Optional.of(parse(directory, values.get()));
  }

  /// Return all networks of a state directory, by name.
  static List<Prepared> list(Path root) throws IOException, NetworkException {
    var found = new ArrayList<Prepared>();
    if (Files.isDirectory(root)) {
      try (var directories = Files.list(root)) {
        for (var directory : directories.sorted().toList()) {
          read(directory).ifPresent(found::add);
        }
      }
    }
    return found;
  }

  /// Tell whether networks of the same family are prepared besides one.
  static Firewall.Rest rest(Path root, BridgeNetwork network) throws IOException, NetworkException {
    boolean others =
        list(root).stream()
            .map(Prepared::network)
            .anyMatch(other ->
                !other.name().equals(network.name())
                    && other.subnet().isIpv4() == network.subnet().isIpv4());
    return others ? Firewall.Rest.OTHERS : Firewall.Rest.NONE;
  }

  void write(Path directory) throws IOException {
    var values = new LinkedHashMap<String, String>();
    values.put("name", network.name());
    values.put("link", network.link());
    values.put("subnet", network.subnet().toString());
    values.put("gateway", IpText.of(network.gateway()));
    values.put("mtu", Integer.toString(network.mtu()));
    values.put("bridge", bridge.name());
    values.put("address", address.name());
    StateFile.write(directory.resolve(FILE), values);
  }

  /// Delete all that is remembered of a network without containers.
  static void forget(Path directory) throws IOException {
    StateFile.delete(directory.resolve(FILE));
    boolean _ = Files.deleteIfExists(directory.resolve(Bridges.ADDRESSES));
    boolean _ = Files.deleteIfExists(directory);
  }

  private static Prepared parse(Path directory, Map<String, String> values)
      throws NetworkException {
    try {
      return new Prepared(
          new BridgeNetwork(
              values.getOrDefault("name", ""),
              values.getOrDefault("link", ""),
              Cidr.parse(values.getOrDefault("subnet", "")),
              IpText.parse(values.getOrDefault("gateway", "")).orElseThrow(),
              Integer.parseInt(values.getOrDefault("mtu", ""))),
          Origin.valueOf(values.getOrDefault("bridge", "")),
          Origin.valueOf(values.getOrDefault("address", "")));
    } catch (IllegalArgumentException | NoSuchElementException | NetworkException e) {
      throw new NetworkException(
          NetworkException.Reason.SYSTEM,
          "the network state in " + directory + " is damaged: " + e.getMessage(),
          "",
          e);
    }
  }
}
