package jontainers.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Optional;
import java.util.regex.Pattern;
import jontainers.engine.UserMapping;
import jontainers.linux.ThisProcess;
import jontainers.oci.IdMapping;

/// What `--userns` says about the ids of a container.
final class UserWords {
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,10}):([0-9]{1,10}):([0-9]{1,10})");

  private UserWords() {}

  /// Read `host`, `auto`, or ranges of users and groups alike.
  ///
  /// @return nothing for the ids that this process has
  static Optional<UserMapping> mapping(Session session, String mode) throws UsageException {
    if (Rootless.isInside(session.environment())) {
      return Optional.empty();
    }
    boolean root = ThisProcess.euid() == 0;
    if (mode.equals("host") && !root) {
      throw new UsageException(
          "--userns host needs root", "without it a container has a user namespace of its own");
    }
    if (mode.equals("host") || (mode.isEmpty() && root)) {
      return Optional.empty();
    }
    if (mode.equals("auto") || mode.isEmpty()) {
      try {
        return Optional.of(UserMapping.automatic());
      } catch (IOException e) {
        throw new UsageException("cannot read /etc/subuid and /etc/subgid", "");
      }
    }
    var mappings = new ArrayList<IdMapping>();
    for (String word : mode.split(",", -1)) {
      var range = RANGE.matcher(word);
      if (!range.matches()) {
        throw new UsageException(
            "invalid user namespace: \"" + mode + "\"",
            "known are host, auto and INSIDE:OUTSIDE:SIZE[,…]");
      }
      mappings.add(
          new IdMapping(
              Long.parseLong(range.group(1)),
              Long.parseLong(range.group(2)),
              Long.parseLong(range.group(3))));
    }
    return Optional.of(new UserMapping(mappings, mappings));
  }
}
