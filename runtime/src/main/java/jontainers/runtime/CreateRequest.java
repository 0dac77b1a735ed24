package jontainers.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.oci.Spec;

/// What `create` of runtime.md is asked for.
///
/// @param id unique in the state directory
/// @param bundle absolute; relative paths of the configuration begin there
/// @param spec the configuration
/// @param config the bytes that it was read from, which are kept
/// @param streams the container's standard streams, lent; with a terminal they are not used
/// @param consoleSocket where the master of its terminal is sent; absent to keep it
/// @param preserved descriptors that it finds from 3 upwards, lent
/// @param pivot how its root filesystem becomes the root
/// @param driver who makes its cgroups
/// @param newKeyring whether it gets a session keyring of its own
public record CreateRequest(
    String id,
    Path bundle,
    Spec spec,
    byte[] config,
    Launch.Streams streams,
    Optional<Path> consoleSocket,
    List<Fd> preserved,
    Creation.RootChange pivot,
    CgroupDriver driver,
    Keyring newKeyring) {
  /// Whose session keyring a container has.
  public enum Keyring {
    NEW,
    CALLERS
  }

  public CreateRequest {
    preserved = List.copyOf(preserved);
  }
}
