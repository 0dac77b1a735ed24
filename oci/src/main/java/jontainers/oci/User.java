package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who the process runs as (`process.user` of config.md).
///
/// @param umask the file mode mask, absent to leave the inherited one
/// @param additionalGids supplementary groups
/// @param username for other platforms; kept, not used
@Json
public record User(
    long uid,
    long gid,
    @Nullable Long umask,
    List<Long> additionalGids,
    @Nullable String username) {
  /// Root, without supplementary groups.
  public static final User ROOT = new User(0, 0, List.of());

  public User {
    additionalGids = Fields.list(additionalGids);
  }

  public User(long uid, long gid, List<Long> additionalGids) {
    this(uid, gid, null, additionalGids, null);
  }
}
