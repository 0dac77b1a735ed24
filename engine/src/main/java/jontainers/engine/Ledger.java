package jontainers.engine;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Fd;
import jontainers.linux.RawText;

/// What one container holds on the host, written down before it is taken.
///
/// A file of lines, `cgroup /sys/fs/cgroup/…/ID`, `endpoint bridge` or `unfinished file:///…`, only
/// ever appended to. A crash at any point leaves a ledger that names at least all that was taken;
/// releasing what was never taken is no error. The last line may be cut short by a full disk and is
/// then ignored: what it names was not taken. There is no fsync: cgroups, links and processes do
/// not survive the machine either, and the rest lies in the container's directory.
///
/// Confined to whoever holds the container's lock.
record Ledger(Path file) {

  /// A thing on the host.
  sealed interface Holding {
    /// A cgroup directory.
    record Cgroup(Path directory) implements Holding {}

    /// An endpoint of a network: a link and an address.
    record Endpoint(String network) implements Holding {}

    /// A file outside of the container's directory that becomes another one when it is complete.
    record UnfinishedFile(Path file) implements Holding {}
  }

  /// Write down what is about to be taken.
  void write(Holding holding) throws IOException {
    String line =
        switch (holding) {
          case Holding.Cgroup cgroup -> "cgroup " + RawText.of(cgroup.directory());
          case Holding.Endpoint endpoint -> "endpoint " + endpoint.network();
          case Holding.UnfinishedFile unfinished -> "unfinished " + unfinished.file().toUri();
        };
    try (var fd = Fd.open(file, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_APPEND, 0600)) {
      fd.write(RawText.encode(line + "\n"));
    }
  }

  /// Return what was written down, the latest first; nothing where there is no ledger.
  List<Holding> holdings() throws IOException {
    String text;
    try {
      text = RawText.decode(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return List.of();
    }
    var holdings = new ArrayList<Holding>();
    for (int from = 0, end; (end = text.indexOf('\n', from)) >= 0; from = end + 1) {
      parse(text.substring(from, end), holdings);
    }
    return holdings.reversed();
  }

  /// Forget all: it was released.
  void clear() throws IOException {
    Files.deleteIfExists(file);
  }

  private static void parse(String line, List<Holding> holdings) {
    int blank = line.indexOf(' ');
    if (blank < 0) {
      return;
    }
    String value = line.substring(blank + 1);
    switch (line.substring(0, blank)) {
      case "cgroup" -> holdings.add(new Holding.Cgroup(RawText.path(value)));
      case "endpoint" -> holdings.add(new Holding.Endpoint(value));
      case "unfinished" -> holdings.add(new Holding.UnfinishedFile(Path.of(URI.create(value))));
      default -> {
        // a line of a newer version, which releases it
      }
    }
  }
}
