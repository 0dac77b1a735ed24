package jontainers.engine;

import java.util.List;
import jontainers.oci.IdMapping;

/// The ids of a user namespace, as the host has them: user_namespaces(7).
///
/// Files of the root filesystem keep their owners: an idmapped mount shows them in the namespace's
/// own numbers, and nothing is chowned.
///
/// @param uids ranges of user ids
/// @param gids ranges of group ids
public record UserMapping(List<IdMapping> uids, List<IdMapping> gids) {
  public UserMapping {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }

  /// Map both users and groups 0 to `size - 1` to a range of the host.
  public static UserMapping range(long firstHostId, long size) {
    var all = List.of(new IdMapping(0, firstHostId, size));
    return new UserMapping(all, all);
  }
}
