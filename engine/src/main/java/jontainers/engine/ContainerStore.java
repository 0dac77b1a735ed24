package jontainers.engine;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import jontainers.image.ImageException;
import jontainers.image.OverlaySnapshots;
import jontainers.linux.ExitStatus;
import jontainers.linux.Fd;
import jontainers.linux.FileLock;
import jontainers.linux.PrivateDirectory;
import jontainers.linux.proxy.ExitRecord;

/// The containers of a state directory, on disk.
///
/// ```
///   ROOT/lock                 held for short: making and reclaiming containers, networks
///   ROOT/containers/ID/lock   held by the process that owns the container, for as long as it lives
///   ROOT/containers/ID/running -> PID
///   ROOT/containers/ID/exit   made when its owner leaves it to a keeper, who writes it
///   ROOT/containers/ID/state.json, ledger, hosts, hostname, resolv.conf, and the snapshot
///   ROOT/names/NAME -> ID     a symbolic link that points nowhere: made by one atomic call
///   ROOT/trash/ID             what is being deleted
/// ```
///
/// Safe for any thread and for several processes.
final class ContainerStore implements AutoCloseable {
  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final String STATE = "state.json";

  /// A symbolic link to the first process's number, which points nowhere: to write a state anew
  /// takes several calls, and ext4 begins to flush a file that replaces another.
  private static final String RUNNING = "running";

  private static final String EXIT = "exit";
  private static final int KILLED = 137;

  /// Docker's code for a container whose end it has missed.
  private static final int UNKNOWN = 255;

  private static final int SHORT_ID = 12;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path root;
  private final Sweeper sweeper = new Sweeper();

  private ContainerStore(Path root) {
    this.root = root;
  }

  /// Open a state directory that was checked: what is missing in it is made, for its owner alone.
  static ContainerStore open(Path root) throws IOException {
    for (String name : List.of("containers", "names", "trash", "network", "images")) {
      PrivateDirectory.makeIn(root, name);
    }
    return new ContainerStore(root);
  }

  /// A container's directory, locked: its owner's alone until closed.
  record Claim(Path directory, String id, FileLock lock) implements AutoCloseable {
    Ledger ledger() {
      return new Ledger(directory.resolve("ledger"));
    }

    Optional<ContainerState> state() throws IOException {
      return ContainerStore.read(directory);
    }

    /// Write the state; that it runs is added to a state that was CREATED.
    void write(ContainerState state) throws IOException {
      if (state.status() == ContainerStatus.RUNNING) {
        Files.createSymbolicLink(directory.resolve(RUNNING), Path.of(String.valueOf(state.pid())));
      } else {
        StateJson.write(directory.resolve(STATE), state);
      }
    }

    /// Make the file in which a keeper writes how the container ended.
    Fd exitRecord() throws IOException {
      return Fd.open(directory.resolve(EXIT), Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600);
    }

    /// Tell how a container has ended that nobody waited for.
    int exitCode() throws IOException {
      var record = directory.resolve(EXIT);
      if (!Files.exists(record)) {
        return KILLED; // by its guard, when its owner was gone
      }
      return ExitRecord.read(record).map(ExitStatus::shellCode).orElse(UNKNOWN);
    }

    @Override
    public void close() {
      lock.close();
    }
  }

  /// Hold the store against other processes, for short.
  FileLock lock() throws IOException {
    return FileLock.acquire(root.resolve("lock"));
  }

  /// Make up an id.
  static String newId() {
    return newId(RANDOM);
  }

  /// Make up an id whose short form can be a host name: resolvers take one of digits alone for an
  /// address (inet_aton(3)), and never look in /etc/hosts.
  static String newId(RandomGenerator random) {
    byte[] bytes = new byte[32];
    String id;
    do {
      random.nextBytes(bytes);
      id = HexFormat.of().formatHex(bytes);
    } while (shortId(id).chars().allMatch(c -> c <= '9'));
    return id;
  }

  /// Return the part of an id that people are shown, and that is the host name.
  static String shortId(String id) {
    return id.substring(0, Math.min(SHORT_ID, id.length()));
  }

  /// Make the directory of a new container.
  Claim create(String id) throws IOException {
    try (var _ = lock()) { // nobody finds the directory before it is locked
      var directory = Files.createDirectory(directory(id), PRIVATE);
      return new Claim(directory, id, FileLock.acquire(directory.resolve("lock")));
    }
  }

  /// Take a name for a container.
  void name(Claim claim, String name) throws IOException, EngineException {
    try {
      Files.createSymbolicLink(root.resolve("names").resolve(name), Path.of(claim.id()));
    } catch (FileAlreadyExistsException e) {
      throw new EngineException(
          EngineException.Category.CONFLICT,
          "the container name \""
              + name
              + "\" is already in use by container "
              + shortId(Files.readSymbolicLink(root.resolve("names").resolve(name)).toString()),
          "remove or rename that container, or use another name");
    }
  }

  /// Take over a container whose owner is gone; empty while there is one.
  Optional<Claim> claim(String id) throws IOException {
    var directory = directory(id);
    try {
      return FileLock.tryAcquire(directory.resolve("lock"))
          .map(lock -> new Claim(directory, id, lock));
    } catch (IOException e) {
      if (Files.isDirectory(directory)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /// Wait until a container's owner has let go of it.
  void awaitRelease(String id) throws IOException {
    try (var _ = FileLock.acquire(directory(id).resolve("lock"))) {
      return;
    } catch (IOException e) {
      if (Files.isDirectory(directory(id))) {
        throw e;
      }
    }
  }

  /// Return the ids of all containers, in no order.
  List<String> ids() throws IOException {
    return names(root.resolve("containers"));
  }

  /// Read what is known of a container; one whose record cannot be read is UNREADABLE.
  Optional<ContainerState> state(String id) throws IOException {
    return read(directory(id));
  }

  /// Tell why what is written down of a container cannot be read; empty where it can be.
  Optional<String> damage(String id) throws IOException {
    try {
      var _ = readable(directory(id));
      return Optional.empty();
    } catch (UnreadableRecordException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /// Find a container that has a state by its name, its id, or the beginning of its id.
  String find(String nameOrId) throws IOException, EngineException {
    String name = nameOrId.startsWith("/") ? nameOrId.substring(1) : nameOrId;
    var link = root.resolve("names").resolve(name);
    if (name.indexOf('/') < 0 && Files.isSymbolicLink(link)) {
      return target(link);
    }
    var matching =
        ids().stream()
            .filter(id -> !nameOrId.isEmpty() && id.startsWith(nameOrId))
            .filter(id -> Files.exists(directory(id).resolve(STATE), LinkOption.NOFOLLOW_LINKS))
            .toList();
    if (matching.size() == 1) {
      return matching.getFirst();
    }
    throw new EngineException(
        EngineException.Category.NOT_FOUND,
        matching.isEmpty()
            ? "no such container: " + nameOrId
            : "multiple containers have an id that begins with " + nameOrId);
  }

  /// Delete a container's name and directory, the latter in the background; the caller has the
  /// claim and releases it after.
  void delete(Claim claim) throws IOException {
    for (String name : names(root.resolve("names"))) {
      var link = root.resolve("names").resolve(name);
      if (claim.id().equals(target(link))) {
        Files.deleteIfExists(link);
      }
    }
    var trash = trash(claim);
    sweeper.sweep(() -> OverlaySnapshots.remove(trash));
  }

  /// Let a container be seen no more and free its name; its directory and what it holds are
  /// released in the background. Takes over the claim.
  void retire(Claim claim, String name, Sweeper.Work release) throws IOException {
    var link = root.resolve("names").resolve(name);
    if (claim.id().equals(target(link))) {
      Files.deleteIfExists(link);
    }
    Files.deleteIfExists(claim.directory().resolve(STATE));
    sweeper.sweep(() -> {
      try (claim) {
        release.run(); // before the ledger goes with its directory
        OverlaySnapshots.remove(trash(claim));
      }
    });
  }

  /// Delete a container that nobody has seen and that holds nothing, in the background. Takes over
  /// the claim.
  void discard(Claim claim) {
    sweeper.sweep(() -> {
      try (claim) {
        OverlaySnapshots.remove(trash(claim));
      }
    });
  }

  /// Wait until what ended containers hold is free.
  void settle() {
    sweeper.settle();
  }

  private Path trash(Claim claim) throws IOException {
    return Files.move(claim.directory(), root.resolve("trash").resolve(claim.id()));
  }

  /// Wait until what was deleted is gone from the disk.
  @Override
  public void close() {
    sweeper.close();
  }

  /// Go on deleting what a process that was killed has begun to delete, and free lost names.
  void emptyTrash() throws IOException, EngineException {
    for (String name : names(root.resolve("trash"))) {
      empty(root.resolve("trash").resolve(name));
    }
    for (String name : names(root.resolve("names"))) {
      var link = root.resolve("names").resolve(name);
      String id = target(link);
      if (!id.isEmpty() && !Files.isDirectory(directory(id))) {
        Files.deleteIfExists(link);
      }
    }
  }

  private static void empty(Path trash) throws EngineException {
    try {
      OverlaySnapshots.remove(trash);
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  /// Return a container's directory, be it there or not.
  Path directory(String id) {
    return root.resolve("containers").resolve(id);
  }

  private static Optional<ContainerState> read(Path directory) throws IOException {
    try {
      return readable(directory);
    } catch (UnreadableRecordException e) {
      return Files.isDirectory(directory) ? Optional.of(unreadable(directory)) : Optional.empty();
    }
  }

  private static Optional<ContainerState> readable(Path directory) throws IOException {
    var state = StateJson.read(directory.resolve(STATE));
    if (state.isEmpty() || state.get().status() != ContainerStatus.CREATED) {
      return state;
    }
    int pid = pid(directory.resolve(RUNNING));
    return pid == 0 ? state : state.map(created -> created.running(pid));
  }

  /// Return what is known of a container without its record.
  private static ContainerState unreadable(Path directory) throws IOException {
    String id = directory.getFileName().toString();
    return new ContainerState(
        id,
        nameOf(id, directory.resolve("../../names").normalize()),
        "",
        List.of(),
        Files.getLastModifiedTime(directory).toMillis() / 1000,
        ContainerStatus.UNREADABLE,
        pidIfKnown(directory.resolve(RUNNING)),
        0,
        false,
        Map.of(),
        0,
        0,
        "",
        List.of(),
        null);
  }

  private static String nameOf(String id, Path names) throws IOException {
    for (String name : names(names)) {
      if (id.equals(target(names.resolve(name)))) {
        return name;
      }
    }
    return shortId(id);
  }

  /// Return the number that a container's first process has; 0 where it has none yet.
  private static int pid(Path running) throws IOException {
    try {
      String number = target(running);
      return number.isEmpty() ? 0 : Integer.parseInt(number);
    } catch (NumberFormatException | NotLinkException e) {
      throw new UnreadableRecordException(running, "it is no number of a process", e);
    }
  }

  private static int pidIfKnown(Path running) throws IOException {
    try {
      return pid(running);
    } catch (UnreadableRecordException e) {
      return 0;
    }
  }

  private static String target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static List<String> names(Path directory) throws IOException {
    var names = new ArrayList<String>();
    try (var entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    return names;
  }
}
