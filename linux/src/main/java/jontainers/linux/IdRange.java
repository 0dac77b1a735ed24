package jontainers.linux;

import java.util.List;
import java.util.stream.Collectors;

/// Ids that follow each other, as a user namespace and its parent number them: a line of
/// `/proc/PID/uid_map` (user_namespaces(7)).
///
/// @param inside the first id in the namespace
/// @param outside the first id in its parent
/// @param size how many
public record IdRange(long inside, long outside, long size) {
  /// The number that is no id: (uid_t) -1.
  private static final long NONE = 0xffffffffL;

  /// @throws IllegalArgumentException where the kernel has no such ids
  public IdRange {
    if (inside < 0 || outside < 0 || size <= 0 || inside > NONE - size || outside > NONE - size) {
      throw new IllegalArgumentException(
          "no range of ids: %d:%d:%d".formatted(inside, outside, size));
    }
  }

  /// Return what is written into a map.
  static String map(List<IdRange> ranges) {
    return ranges.stream()
        .map(range -> range.inside + " " + range.outside + " " + range.size + "\n")
        .collect(Collectors.joining());
  }

  /// Find what an id of the namespace is in its parent; -1 where it is not mapped.
  public static long outside(List<IdRange> ranges, long inside) {
    for (var range : ranges) {
      if (inside >= range.inside && inside < range.inside + range.size) {
        return range.outside + inside - range.inside;
      }
    }
    return -1;
  }
}
