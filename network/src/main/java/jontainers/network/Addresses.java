package jontainers.network;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import jontainers.netlink.route.MacAddress;
import org.jspecify.annotations.Nullable;

/// Give out the addresses of one network, each to one owner, across processes and crashes.
///
/// A claim is a symbolic link `addresses/172.19.80.2 -> OWNER` that points nowhere: symlink(2)
/// takes the address and writes the owner in one atomic call, so a claim is never seen without its
/// owner and no temporary file can be left. A MAC address that is not derived from the IP address
/// stands behind the owner, `OWNER/MAC`. `ls -l` shows the whole state. There is no fsync: a
/// process that is killed loses nothing, and a machine that goes down takes the owners with it.
///
/// Next-fit: the search goes on behind the address that this object gave out last, and begins at
/// the lowest one. So an address that was just freed is the last to be used again (a client that
/// still talks to a dead container does not reach another one), and a claim costs one call whatever
/// the number of containers. The position is a hint and lives in memory; processes that claim at
/// the same time only step over each other's addresses.
///
/// Safe for any thread and for several processes.
public final class Addresses {
  private final Path directory;
  private final BridgeNetwork network;
  private final AtomicLong next = new AtomicLong();

  Addresses(Path directory, BridgeNetwork network) {
    this.directory = directory;
    this.network = network;
  }

  /// Take a free address.
  ///
  /// @throws NetworkException CONFLICT when all are taken
  public InetAddress claim(String owner) throws NetworkException {
    return claim(owner, Optional.empty());
  }

  InetAddress claim(String owner, Optional<MacAddress> mac) throws NetworkException {
    long hosts = network.subnet().hosts();
    for (long tried = 0; tried < hosts; tried++) {
      var address = network.subnet().host(Math.floorMod(next.getAndIncrement(), hosts));
      if (!address.equals(network.gateway()) && take(owner, mac, address)) {
        return address;
      }
    }
    throw new NetworkException(
        NetworkException.Reason.CONFLICT,
        "no free address in " + network.subnet() + " of network " + network.name(),
        "remove containers, or make a network with a larger --subnet");
  }

  /// Take a given address.
  ///
  /// @throws NetworkException CONFLICT when it is taken, INVALID when the network has no such host
  public void claim(String owner, InetAddress address) throws NetworkException {
    claim(owner, Optional.empty(), address);
  }

  void claim(String owner, Optional<MacAddress> mac, InetAddress address) throws NetworkException {
    String text = IpText.of(address);
    if (!network.subnet().isHost(address)) {
      throw new NetworkException(
          NetworkException.Reason.INVALID,
          "address " + text + " is no host's address in " + network.subnet());
    }
    if (address.equals(network.gateway())) {
      throw new NetworkException(
          NetworkException.Reason.CONFLICT,
          "address " + text + " is the gateway of network " + network.name());
    }
    if (!take(owner, mac, address)) {
      throw new NetworkException(
          NetworkException.Reason.CONFLICT,
          "address " + text + " is in use by container " + owner(address).orElse("(just gone)"));
    }
  }

  /// Free an address if an owner has it; anything else stays as it is.
  public void release(String owner, InetAddress address) throws NetworkException {
    try {
      if (owner(address).filter(owner::equals).isPresent()) {
        boolean _ = Files.deleteIfExists(file(address));
      }
    } catch (IOException e) {
      throw cannot("free address " + IpText.of(address), e);
    }
  }

  /// Free all addresses of an owner; return how many there were.
  public int releaseOwnedBy(String owner) throws NetworkException {
    int count = 0;
    for (var claim : owners().entrySet()) {
      if (claim.getValue().equals(owner)) {
        release(owner, IpText.parse(claim.getKey()).orElseThrow());
        count++;
      }
    }
    return count;
  }

  /// Return the owner of each address that is taken.
  public Map<String, String> owners() throws NetworkException {
    var owners = new TreeMap<String, String>();
    try (var files = Files.newDirectoryStream(directory)) {
      for (var file : files) {
        String name = file.getFileName().toString();
        var address = IpText.parse(name);
        if (address.isPresent()) {
          owner(address.get()).ifPresent(owner -> owners.put(name, owner));
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Map.of();
    } catch (IOException e) {
      throw cannot("list the addresses", e);
    }
    return owners;
  }

  /// Return what each of the owners may send as.
  List<Attachment> attachments() throws NetworkException {
    return attachments(_ -> true);
  }

  /// Return what one owner may send as.
  List<Attachment> attachments(String owner) throws NetworkException {
    return attachments(owner::equals);
  }

  private List<Attachment> attachments(Predicate<String> wanted) throws NetworkException {
    var attachments = new ArrayList<Attachment>();
    for (var claim : owners().entrySet()) {
      if (!wanted.test(claim.getValue())) {
        continue;
      }
      var address = IpText.parse(claim.getKey()).orElseThrow();
      target(address).flatMap(target -> attachment(target, address)).ifPresent(attachments::add);
    }
    return List.copyOf(attachments);
  }

  /// Empty for a claim that is damaged: its container may send nothing.
  private Optional<Attachment> attachment(String target, InetAddress address) {
    int slash = target.indexOf('/');
    String owner = slash < 0 ? target : target.substring(0, slash);
    try {
      var mac =
          slash < 0
              ? MacAddress.derivedFrom(address)
              : MacAddress.parse(target.substring(slash + 1));
      return Optional.of(new Attachment(HostLink.name(owner, network.name()), mac, address));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private boolean take(String owner, Optional<MacAddress> mac, InetAddress address)
      throws NetworkException {
    try {
      String target = owner + mac.map(m -> "/" + m).orElse("");
      var _ = Files.createSymbolicLink(file(address), Path.of(target));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (NoSuchFileException e) {
      throw new NetworkException(
          NetworkException.Reason.NOT_FOUND, "network " + network.name() + " is not prepared");
    } catch (IOException e) {
      throw cannot("claim address " + IpText.of(address), e);
    }
  }

  /// Return who has an address.
  Optional<String> owner(InetAddress address) throws NetworkException {
    return target(address).map(target -> target.replaceFirst("/.*", ""));
  }

  private Optional<String> target(InetAddress address) throws NetworkException {
    try {
      return Optional.of(Files.readSymbolicLink(file(address)).toString());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw cannot("read who owns address " + IpText.of(address), e);
    }
  }

  private Path file(InetAddress address) {
    return directory.resolve(IpText.of(address));
  }

  private NetworkException cannot(String deed, @Nullable IOException cause) {
    return new NetworkException(
        NetworkException.Reason.SYSTEM,
        "cannot " + deed + " of network " + network.name() + ": " + cause,
        "",
        cause);
  }
}
