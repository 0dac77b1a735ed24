package jontainers.engine;

import java.util.List;
import jontainers.oci.User;

/// Who a container's process is: numbers for the kernel, a home for the environment.
///
/// @param home the home directory, `/` where the image knows none
record ContainerIdentity(long uid, long gid, List<Long> groups, String home) {
  ContainerIdentity {
    groups = List.copyOf(groups);
  }

  /// Return who it is where setgroups(2) is not allowed: in a user namespace of one group.
  ContainerIdentity alone() {
    return new ContainerIdentity(uid, gid, List.of(), home);
  }

  User user() {
    return new User(uid, gid, groups);
  }
}
