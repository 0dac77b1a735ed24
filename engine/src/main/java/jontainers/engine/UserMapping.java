package jontainers.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.IdMaps;
import jontainers.linux.IdRange;
import jontainers.linux.ThisProcess;
import jontainers.oci.IdMapping;

/// The ids of a user namespace, as the host has them: user_namespaces(7).
///
/// With root's help files of the root filesystem keep their owners: an idmapped mount shows them in
/// the namespace's own numbers, and nothing is chowned.
///
/// @param uids ranges of user ids
/// @param gids ranges of group ids
public record UserMapping(List<IdMapping> uids, List<IdMapping> gids) {
  /// Whose ranges in /etc/subuid and /etc/subgid are for containers that root starts.
  public static final String OWNER = "jontainers";

  /// The last of the ids that are for containers by the convention of systemd (UIDS-GIDS.md: 524288
  /// to 1879048191), which leaves those alone that useradd(8) gives to users.
  private static final long STANDARD = 1878982656;

  private static final long STANDARD_SIZE = 65536;
  private static final Path SUBUID = Path.of("/etc/subuid");
  private static final Path SUBGID = Path.of("/etc/subgid");

  public UserMapping {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }

  /// Map both users and groups 0 to `size - 1` to a range of the host.
  public static UserMapping range(long firstHostId, long size) {
    var all = List.of(new IdMapping(0, firstHostId, size));
    return new UserMapping(all, all);
  }

  /// Choose the ids for this process.
  ///
  /// For root: the ranges of [#OWNER], or 65536 ids from 1878982656 on. For another user: itself as
  /// root, and the ranges that it has in /etc/subuid and /etc/subgid where newuidmap(1) is
  /// installed; without, it is the only user there is.
  public static UserMapping automatic() throws IOException {
    if (ThisProcess.euid() == 0) {
      var uids = SubordinateIds.of(SUBUID, OWNER, -1);
      var gids = SubordinateIds.of(SUBGID, OWNER, -1);
      return uids.isEmpty() || gids.isEmpty()
          ? range(STANDARD, STANDARD_SIZE)
          : new UserMapping(mapped(0, uids), mapped(0, gids));
    }
    String name = System.getProperty("user.name");
    var uids = own(ThisProcess.euid());
    var gids = own(ThisProcess.egid());
    if (SubordinateIds.canBeMapped()) {
      var moreUids = SubordinateIds.of(SUBUID, name, ThisProcess.euid());
      var moreGids = SubordinateIds.of(SUBGID, name, ThisProcess.euid());
      if (!moreUids.isEmpty() && !moreGids.isEmpty()) {
        uids.addAll(mapped(1, moreUids));
        gids.addAll(mapped(1, moreGids));
      }
    }
    return new UserMapping(uids, gids);
  }

  private static List<IdMapping> own(int id) {
    return new ArrayList<>(List.of(new IdMapping(0, Integer.toUnsignedLong(id), 1)));
  }

  /// Put ranges one behind the other.
  private static List<IdMapping> mapped(long first, List<SubordinateIds.Range> ranges) {
    var mappings = new ArrayList<IdMapping>();
    long next = first;
    for (var range : ranges) {
      mappings.add(new IdMapping(next, range.first(), range.size()));
      next += range.size();
    }
    return mappings;
  }

  /// Return the same for the kernel.
  ///
  /// @throws IllegalArgumentException where a range is none
  public IdMaps maps() {
    return new IdMaps(ranges(uids), ranges(gids));
  }

  private static List<IdRange> ranges(List<IdMapping> mappings) {
    return mappings.stream().map(m -> new IdRange(m.containerID(), m.hostID(), m.size())).toList();
  }

  /// Return one sentence for each problem.
  List<String> problems() {
    var problems = new ArrayList<String>();
    check(uids, "user", problems);
    check(gids, "group", problems);
    return problems;
  }

  private static void check(List<IdMapping> mappings, String what, List<String> problems) {
    try {
      var ranges = ranges(mappings);
      if (IdRange.outside(ranges, 0) < 0) {
        problems.add("the user namespace has no " + what + " 0, who sets the container up");
      }
      for (int i = 0; i < ranges.size(); i++) {
        for (int j = 0; j < i; j++) {
          if (overlap(ranges.get(i).inside(), ranges.get(j).inside(), ranges.get(i), ranges.get(j))
              || overlap(
                  ranges.get(i).outside(), ranges.get(j).outside(), ranges.get(i), ranges.get(j))) {
            problems.add("ranges of " + what + " ids overlap");
          }
        }
      }
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  private static boolean overlap(long a, long b, IdRange first, IdRange second) {
    return a < b + second.size() && b < a + first.size();
  }
}
