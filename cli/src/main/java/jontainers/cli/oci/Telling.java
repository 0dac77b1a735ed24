package jontainers.cli.oci;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import jontainers.cli.Session;
import jontainers.linux.Pidfd;
import jontainers.runtime.PidfdSocket;

/// How whoever calls is told of a process: `--pid-file` and `--pidfd-socket`, of which an empty one
/// is none. A process that nobody was told of is the caller's of this to end.
record Telling(Optional<Path> file, Optional<Path> socket) {
  static Telling of(Flags flags, Session session) {
    return new Telling(path(flags, session, "pid-file"), path(flags, session, "pidfd-socket"));
  }

  private static Optional<Path> path(Flags flags, Session session, String flag) {
    return flags.value(flag).filter(name -> !name.isEmpty()).map(session::path);
  }

  void tell(Pidfd process, PidfdSocket how) throws IOException {
    if (file.isPresent()) {
      PidFile.write(file.get(), process.pid());
    }
    if (socket.isPresent()) {
      how.send(socket.get(), process);
    }
  }
}
