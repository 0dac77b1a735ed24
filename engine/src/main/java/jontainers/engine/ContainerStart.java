package jontainers.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jontainers.image.ImageException;
import jontainers.linux.NetworkNamespace;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.linux.Sysctl;
import jontainers.linux.proxy.UserNamespace;
import jontainers.network.NetworkException;
import jontainers.oci.ConsoleSize;
import jontainers.oci.Digest;
import jontainers.runtime.ContainerProcess;
import jontainers.runtime.Launch;
import jontainers.runtime.PreparedContainer;
import jontainers.runtime.StartException;
import jontainers.runtime.StreamCopies;

/// The walk of one start: store, root filesystem, network, specification, process.
///
/// Whatever is taken on the way is written into the ledger first and released in reverse order when
/// a later step fails. Confined to one thread.
final class ContainerStart {
  private static final String RESOLV_CONF = "/etc/resolv.conf";
  private static final Path HOST_HOSTS = Path.of("/etc/hosts");

  private final Workshop workshop;
  private final ContainerStore store;
  private final DefaultNetwork network;
  private final Base base;
  private final ImageDefaults.Merged merged;
  private final ContainerSpec spec;
  private final StartOptions options;
  private Connection connection = new Connection.Host();
  private Optional<UserNamespace> users = Optional.empty();

  ContainerStart(Workshop workshop, Base base, ImageDefaults.Merged merged, StartOptions options) {
    this.workshop = workshop;
    this.store = workshop.store();
    this.network = workshop.network();
    this.base = base;
    this.merged = merged;
    this.spec = merged.spec();
    this.options = options;
  }

  RunningContainer run() throws EngineException {
    try {
      requireAllowed();
      unpack();
      var vacancy = workshop.vacancy(spec, base);
      connection = vacancy.connection().orElse(connection);
      try {
        store.name(vacancy.claim(), name(vacancy.claim().id()));
        var container = start(vacancy);
        workshop.refill();
        return container;
      } catch (IOException | EngineException | RuntimeException e) {
        undo(vacancy.claim(), e);
        throw e;
      } finally {
        users.ifPresent(UserNamespace::close);
      }
    } catch (IOException e) {
      throw Failures.of("start " + spec.name().map(n -> "container " + n).orElse("a container"), e);
    }
  }

  /// What a user namespace around this process forbids.
  private void requireAllowed() throws EngineException {
    if (!workshop.host().users().nested()) {
      return;
    }
    if (spec.image() instanceof RootImage.Host) {
      throw new EngineException(
          EngineException.Category.FORBIDDEN,
          "the image host needs root: in a user namespace the machine's mounts cannot be taken apart",
          "run --rootfs DIR on a directory of yours");
    }
    if (spec.userMapping().isPresent()) {
      throw new EngineException(
          EngineException.Category.FORBIDDEN, "a further user namespace needs root", "");
    }
  }

  private String name(String id) {
    return spec.name().orElse(ContainerStore.shortId(id));
  }

  private RunningContainer start(Vacancy vacancy) throws IOException, EngineException {
    var claim = vacancy.claim();
    String id = claim.id();
    var state =
        new ContainerState(
            id,
            name(id),
            spec.image().toString(),
            spec.command(),
            System.currentTimeMillis() / 1000,
            ContainerStatus.CREATED,
            0,
            0,
            spec.autoRemove(),
            spec.labels(),
            spec.stop().signal(),
            spec.stop().timeoutSeconds(),
            base.id(),
            base.layers().stream().map(Digest::toString).toList(),
            merged.config());
    record(claim, state);
    makeMissingSources();
    var volumes = volumes(claim, vacancy.filesystem());
    separateUsers();
    if (vacancy.connection().isEmpty()) {
      connection = connected(claim);
    }
    var copies = copies();
    try {
      var streams = copies.map(StreamCopies::streams).orElse(options.streams());
      var prepared = prepare(volumes, id, claim.directory(), vacancy.filesystem(), streams);
      for (var directory : prepared.cgroups()) {
        claim.ledger().write(new Ledger.Holding.Cgroup(directory));
      }
      var process = process(prepared);
      state = state.running(process.pid());
      try {
        claim.write(state);
      } catch (IOException e) {
        process.close();
        throw e;
      }
      copies.ifPresent(StreamCopies::begin);
      return new RunningContainer(
          store, claim, state, process, copies, vacancy.filesystem(), connection);
    } catch (IOException | EngineException | RuntimeException e) {
      copies.ifPresent(StreamCopies::close);
      throw e;
    }
  }

  private Optional<StreamCopies> copies() throws SyscallException {
    return spec.terminal()
        ? Optional.empty()
        : Optional.of(
            StreamCopies.of(
                options.streams(),
                spec.sharing().pid()
                    ? StreamCopies.Writers.MAY_LIVE_ON
                    : StreamCopies.Writers.END_WITH_PROGRAM));
  }

  private void unpack() throws EngineException {
    if (base.image() instanceof RootImage.Stored) {
      base.unpack(workshop.images());
    }
  }

  /// Write the state, from when on the layers stay: nobody removes them between the look at them
  /// and that.
  private void record(ContainerStore.Claim claim, ContainerState state)
      throws IOException, EngineException {
    if (base.layers().isEmpty()) {
      claim.write(state);
      return;
    }
    try {
      boolean there =
          workshop
              .images()
              .content()
              .undisturbed(() -> {
                boolean unpacked = base.isUnpacked();
                if (unpacked) {
                  claim.write(state);
                }
                return unpacked;
              });
      if (!there) {
        throw new EngineException(
            EngineException.Category.NOT_FOUND,
            "the image " + spec.image() + " was removed meanwhile",
            "pull it again");
      }
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  private ContainerProcess process(PreparedContainer prepared) throws EngineException {
    try {
      var observer = options.observer();
      return observer.isPresent()
          ? prepared.start(workshop.zygotes(), observer.get())
          : prepared.start(workshop.zygotes());
    } catch (StartException e) {
      throw Failures.of(e);
    }
  }

  private Connection connected(ContainerStore.Claim claim) throws IOException, EngineException {
    try {
      return Connection.make(
          spec.network(),
          claim.id(),
          claim.ledger(),
          network,
          this::namespace,
          this::prepareNetwork);
    } catch (EngineException e) {
      if (workshop.host().users().nested()) {
        throw new EngineException(
            EngineException.Category.FORBIDDEN,
            "the network bridge needs root",
            "without root there are --network none and --network host",
            e);
      }
      throw e;
    }
  }

  /// The user namespace is made first: what belongs to it is made inside it.
  private void separateUsers() throws EngineException {
    if (spec.userMapping().isPresent()) {
      try {
        users = Optional.of(UserNamespace.create(spec.userMapping().get().maps()));
      } catch (SyscallException e) {
        throw Failures.of("make a user namespace", e);
      }
    }
  }

  private NetworkNamespace namespace(NetworkNamespace.Deed first) throws SyscallException {
    return users.isPresent() ? users.get().network(first) : NetworkNamespace.create(first);
  }

  private Map<String, Path> namespaces() {
    var namespaces = new TreeMap<String, Path>();
    connection.netns().ifPresent(path -> namespaces.put("network", path));
    users.ifPresent(made -> namespaces.put("user", made.fd().procPath()));
    return namespaces;
  }

  private void prepareNetwork() throws EngineException {
    try (var _ = store.lock()) {
      network.prepare(Optional.empty(), OptionalInt.empty());
    } catch (IOException e) {
      throw Failures.of("lock the state directory", e);
    }
  }

  /// Make the volumes that the image asks for and nothing else is mounted on, each with what the
  /// image has there. They live as long as the container.
  private List<FileMount> volumes(ContainerStore.Claim claim, RootFilesystem filesystem)
      throws IOException, EngineException {
    var mounts = new ArrayList<>(spec.mounts());
    int number = 0;
    for (String target : merged.volumes()) {
      var directory = claim.directory().resolve("volumes").resolve(String.valueOf(number++));
      filesystem.copyTo(target, directory, workshop.privilege());
      mounts.add(
          new FileMount.Bind(
              directory,
              target,
              FileMount.Access.READ_WRITE,
              false,
              FileMount.Propagation.RPRIVATE,
              FileMount.Missing.REFUSE,
              spec.userMapping().isPresent()));
    }
    return mounts;
  }

  private PreparedContainer prepare(
      List<FileMount> mounts,
      String id,
      Path directory,
      RootFilesystem filesystem,
      Launch.Streams streams)
      throws IOException, EngineException {
    String hostname = hostname(spec, id);
    var identity = UserDatabase.of(filesystem.files()).resolve(spec.user(), spec.extraGroups());
    if (!workshop.host().users().setsGroups() && spec.extraGroups().isEmpty()) {
      identity = identity.alone();
    }
    var oci =
        new OciSpecs(
                spec.draft().mounts(mounts).build(),
                id,
                hostname,
                identity,
                filesystem.path(),
                filesystem.placed(files(directory, hostname)),
                namespaces(),
                OciSpecs.Facts.of(
                    spec, workshop.host(), workshop.openFiles(), workshop.maskedPaths()),
                options.size().map(s -> new ConsoleSize(s.rows(), s.columns())))
            .toSpec();
    try {
      return PreparedContainer.of(
          new Launch(
              oci,
              filesystem.mounts(users.isPresent()),
              streams,
              options.callerTerminal(),
              spec.init(),
              spec.without()),
          workshop.host());
    } catch (StartException e) {
      throw Failures.of(e);
    }
  }

  /// Make the directories that `-v` asks for, and refuse other sources that are not there.
  private void makeMissingSources() throws IOException, EngineException {
    for (var mount : spec.mounts()) {
      if (mount instanceof FileMount.Bind bind && !Files.exists(bind.source())) {
        if (bind.missing() == FileMount.Missing.REFUSE) {
          throw new EngineException(
              EngineException.Category.INVALID,
              "bind source path does not exist: " + RawText.of(bind.source()),
              "make it, or mount it with -v, which makes a directory");
        }
        Files.createDirectories(
            bind.source(),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      }
    }
  }

  /// With the host's network a container has the host's name, as Docker does.
  static String hostname(ContainerSpec spec, String id) throws IOException {
    if (spec.hostname().isPresent()) {
      return spec.hostname().get();
    }
    return spec.network().mode() == NetworkMode.HOST || spec.sharing().uts()
        ? Sysctl.read("kernel.hostname")
        : ContainerStore.shortId(id);
  }

  private List<OciSpecs.HostFile> files(Path directory, String hostname)
      throws IOException, EngineException {
    boolean own = spec.network().mode() != NetworkMode.HOST;
    String resolv = HostFiles.read(Path.of(RESOLV_CONF));
    List<String> extra = HostFiles.extraHosts(spec.network(), hostGateway());
    var files = new ArrayList<OciSpecs.HostFile>();
    files.add(
        file(
            directory,
            "hosts",
            own
                ? HostFiles.hosts(extra, connection.address(), hostname)
                : HostFiles.read(HOST_HOSTS)
                    + extra.stream().map(line -> line + "\n").collect(Collectors.joining())));
    files.add(file(directory, "hostname", hostname + "\n"));
    files.add(
        file(
            directory,
            "resolv.conf",
            HostFiles.resolvConf(
                spec.network(), own ? HostFiles.resolvConfForOwnNetwork(resolv) : resolv)));
    return files;
  }

  private String hostGateway() throws EngineException {
    boolean asked =
        spec.network().extraHosts().stream()
            .anyMatch(entry -> entry.endsWith(":" + NetworkSettings.HOST_GATEWAY));
    if (!asked) {
      return "";
    }
    return connection
        .gateway()
        .map(InetAddress::getHostAddress)
        .orElseThrow(() ->
            new EngineException(
                EngineException.Category.INVALID,
                "host-gateway needs the bridge network",
                "with --network host the host is 127.0.0.1"));
  }

  private static OciSpecs.HostFile file(Path directory, String name, String content)
      throws IOException {
    var file = directory.resolve(name);
    Files.write(file, RawText.encode(content));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    return new OciSpecs.HostFile(file, "/etc/" + name);
  }

  private void undo(ContainerStore.Claim claim, Exception failure) {
    try (claim) {
      connection.release();
      store.delete(claim);
    } catch (IOException | NetworkException e) {
      failure.addSuppressed(e);
    }
  }
}
