package jontainers.conformance;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The containers of one test and one runtime: a state directory and a bundle for each.
///
/// This process adopts what a runtime leaves, as a shim does: [Orphans].
final class Containers {
  private static int made;

  private final Subject subject;
  private final Path directory;
  private final List<Container> containers = new ArrayList<>();
  private final List<Closeable> last = new ArrayList<>();

  private Containers(Subject subject, Path directory) {
    this.subject = subject;
    this.directory = directory;
  }

  /// Make an empty set of them; /run is a tmpfs of the test's own, on which mounts can be idmapped.
  static Containers of(Subject subject) throws IOException {
    Orphans.adopt();
    return new Containers(subject, Files.createTempDirectory(Path.of("/run"), "conformance"));
  }

  Subject subject() {
    return subject;
  }

  /// Return a directory of the test's own, seen by nobody else.
  Path directory() {
    return directory;
  }

  /// Take something away when the containers are gone.
  void last(Closeable thing) {
    last.add(thing);
  }

  /// Return another container, of which the bundle is not yet written.
  Container another() {
    String id = "c" + ++made + "-" + ProcessHandle.current().pid();
    try {
      var container =
          new Container(this, id, Bundle.in(Files.createDirectory(directory.resolve(id)), id));
      containers.add(container);
      return container;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Return a command of the runtime: global options with a state directory of the test, words.
  Command command(String... words) {
    return command(List.of(words));
  }

  Command command(List<String> words) {
    return command(List.of(), words);
  }

  /// Return a command of the runtime that another program runs.
  Command command(List<String> before, List<String> words) {
    var all = new ArrayList<>(List.of("--root", directory.resolve("state").toString()));
    all.addAll(words);
    return Command.of(subject.command(before, all)).in(directory);
  }

  /// Remove whatever there is: a runtime has a directory for each container in its state directory.
  /// crun 1.28 keeps a directory of its own among them.
  private static boolean isContainer(Path state) {
    return Files.isDirectory(state) && !state.getFileName().toString().startsWith(".");
  }

  void removeAll() throws IOException {
    containers.forEach(Container::thaw);
    var state = directory.resolve("state");
    if (Files.isDirectory(state)) {
      try (var ids = Files.list(state)) {
        for (var id : ids.filter(Containers::isContainer).toList()) {
          command("delete", "--force", id.getFileName().toString()).run().succeeded();
        }
      }
    }
    Orphans.reap();
    for (var thing : last) {
      thing.close();
    }
    Command.of("rm", "-rf", "--one-file-system", directory.toString()).run().succeeded();
  }
}
