package jontainers.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.RawText;
import jontainers.linux.ThisProcess;

/// The ids that a user may give to user namespaces: subuid(5), subgid(5).
final class SubordinateIds {
  private SubordinateIds() {}

  /// A range of ids of the host.
  record Range(long first, long size) {}

  /// Read a user's ranges; none where there is no file. Lines that are none are passed over, as
  /// newuidmap(1) does.
  ///
  /// @param name the user's name
  /// @param uid its number, as which it may also be written; -1 for none
  static List<Range> of(Path file, String name, int uid) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    var ranges = new ArrayList<Range>();
    for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n")) {
      String[] fields = line.strip().split(":", -1);
      if (fields.length == 3
          && (fields[0].equals(name) || (uid >= 0 && fields[0].equals(Integer.toString(uid))))
          && fields[1].matches("[0-9]{1,10}")
          && fields[2].matches("[1-9][0-9]{0,9}")) {
        ranges.add(new Range(Long.parseLong(fields[1]), Long.parseLong(fields[2])));
      }
    }
    return List.copyOf(ranges);
  }

  /// Tell whether the programs are there that write the maps of those who are not root.
  static boolean canBeMapped() {
    String path = ThisProcess.environment().getOrDefault("PATH", "/usr/bin:/bin");
    return List.of("newuidmap", "newgidmap").stream()
        .allMatch(program ->
            List.of(path.split(":")).stream()
                .anyMatch(directory ->
                    Files.isExecutable(RawText.path(directory).resolve(RawText.path(program)))));
  }
}
