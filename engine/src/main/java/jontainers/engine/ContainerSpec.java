package jontainers.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What to run and how, in the words of `docker run`.
///
/// Strings are UTF-8 to the kernel; a lone low surrogate of U+DC80 to U+DCFF is the byte 0x80 to
/// 0xff alone, so that what is no UTF-8 can be said ([jontainers.linux.RawText]).
///
/// @param image the root filesystem
/// @param entrypoint the program, with arguments that come first; absent for the image's
/// @param command the program and its arguments, or arguments for the entrypoint; empty for the
///   image's
/// @param name unique among containers; made up where absent
/// @param hostname the container's id where absent
/// @param domainname the NIS domain name
/// @param environment `NAME=value`, added to PATH, HOSTNAME and HOME, or `NAME` alone, which takes
///   the image's or the default variable away; the last of a name counts
/// @param workingDirectory absolute; made where it is missing; empty for the image's
/// @param user `name|uid[:group|gid]` as the image's own files know them; empty for the image's
/// @param extraGroups further groups by name or id
/// @param labels words of the user about it
/// @param network which network and which names it sees
/// @param mounts files that it sees beside its root filesystem
/// @param limits what it may use
/// @param security what it may do
/// @param sharing what of the host it has in common
/// @param userMapping the ids of a user namespace of its own; absent for the engine's own
/// @param stop how it is asked to end
/// @param without walls that are left out, for those who learn what each keeps out; never in
///   earnest
/// @param init whether a small init forwards signals and reaps processes
/// @param readOnly whether the root filesystem is
/// @param autoRemove whether nothing is kept when it has ended
/// @param terminal whether its standard streams are a terminal of its own
public record ContainerSpec(
    RootImage image,
    Optional<List<String>> entrypoint,
    List<String> command,
    Optional<String> name,
    Optional<String> hostname,
    Optional<String> domainname,
    List<String> environment,
    String workingDirectory,
    String user,
    List<String> extraGroups,
    Map<String, String> labels,
    NetworkSettings network,
    List<FileMount> mounts,
    Limits limits,
    Security security,
    Sharing sharing,
    Optional<UserMapping> userMapping,
    StopRequest stop,
    Set<String> without,
    boolean init,
    boolean readOnly,
    boolean autoRemove,
    boolean terminal) {
  public ContainerSpec {
    entrypoint = entrypoint.map(List::copyOf);
    command = List.copyOf(command);
    environment = List.copyOf(environment);
    extraGroups = List.copyOf(extraGroups);
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    mounts = List.copyOf(mounts);
    without = Set.copyOf(without);
  }

  /// How a container is asked to end.
  ///
  /// @param signal its number, or [#UNSET] for the image's
  /// @param timeoutSeconds how long it may take before it is killed; -1 to wait for ever, [#UNSET]
  ///   for what the image says
  public record StopRequest(int signal, int timeoutSeconds) {
    /// What the image says, else the standard.
    public static final int UNSET = Integer.MIN_VALUE;

    /// What the image says.
    public static StopRequest ofImage() {
      return new StopRequest(UNSET, UNSET);
    }

    /// SIGTERM and ten seconds.
    public static StopRequest standard() {
      return new StopRequest(15, 10);
    }
  }

  /// Begin with all that this says.
  public Draft draft() {
    return new Draft(this);
  }

  /// Begin with a program as root in `/`, on the bridge, kept when it has ended; what the image
  /// says of it counts where nothing else is said.
  public static Draft of(RootImage image, String... command) {
    return new Draft(image, List.of(command));
  }

  /// Begin with a program as root in `/`, on the bridge, kept when it has ended.
  public static Draft of(RootImage image, List<String> command) {
    return new Draft(image, command);
  }

  /// Collect what differs from the defaults. Confined to one thread.
  public static final class Draft {
    private final RootImage image;
    private Optional<List<String>> entrypoint = Optional.empty();
    private List<String> command;
    private Optional<String> name = Optional.empty();
    private Optional<String> hostname = Optional.empty();
    private Optional<String> domainname = Optional.empty();
    private final List<String> environment = new ArrayList<>();
    private String workingDirectory = "";
    private String user = "";
    private final List<String> extraGroups = new ArrayList<>();
    private final Map<String, String> labels = new LinkedHashMap<>();
    private NetworkSettings network = NetworkSettings.of(NetworkMode.BRIDGE);
    private final List<FileMount> mounts = new ArrayList<>();
    private Limits limits = Limits.none();
    private Security security = Security.standard();
    private Sharing sharing = Sharing.nothing();
    private Optional<UserMapping> userMapping = Optional.empty();
    private StopRequest stop = StopRequest.ofImage();
    private Set<String> without = Set.of();
    private boolean init;
    private boolean readOnly;
    private boolean autoRemove;
    private boolean terminal;

    private Draft(RootImage image, List<String> command) {
      this.image = image;
      this.command = List.copyOf(command);
    }

    private Draft(ContainerSpec spec) {
      this(spec.image, spec.command);
      entrypoint = spec.entrypoint;
      name = spec.name;
      hostname = spec.hostname;
      domainname = spec.domainname;
      environment.addAll(spec.environment);
      workingDirectory = spec.workingDirectory;
      user = spec.user;
      extraGroups.addAll(spec.extraGroups);
      labels.putAll(spec.labels);
      network = spec.network;
      mounts.addAll(spec.mounts);
      limits = spec.limits;
      security = spec.security;
      sharing = spec.sharing;
      userMapping = spec.userMapping;
      stop = spec.stop;
      without = spec.without;
      init = spec.init;
      readOnly = spec.readOnly;
      autoRemove = spec.autoRemove;
      terminal = spec.terminal;
    }

    /// Run this program instead of the image's, with the command as its arguments.
    public Draft entrypoint(List<String> program) {
      entrypoint = Optional.of(List.copyOf(program));
      return this;
    }

    Draft command(List<String> whole) {
      entrypoint = Optional.empty();
      command = List.copyOf(whole);
      return this;
    }

    Draft environment(List<String> all) {
      environment.clear();
      environment.addAll(all);
      return this;
    }

    Draft mounts(List<FileMount> all) {
      mounts.clear();
      mounts.addAll(all);
      return this;
    }

    Draft labels(Map<String, String> all) {
      labels.clear();
      labels.putAll(all);
      return this;
    }

    /// Name it.
    public Draft name(String value) {
      name = Optional.of(value);
      return this;
    }

    public Draft hostname(String value) {
      hostname = Optional.of(value);
      return this;
    }

    public Draft domainname(String value) {
      domainname = Optional.of(value);
      return this;
    }

    /// Set a variable.
    public Draft environment(String variable, String value) {
      environment.add(variable + "=" + value);
      return this;
    }

    /// Take away a variable that the image sets or that is there by default.
    public Draft withoutEnvironment(String variable) {
      environment.add(variable);
      return this;
    }

    public Draft workingDirectory(String value) {
      workingDirectory = value;
      return this;
    }

    /// Run as `name|uid[:group|gid]`.
    public Draft user(String value) {
      user = value;
      return this;
    }

    /// Add a group by name or id.
    public Draft group(String nameOrId) {
      extraGroups.add(nameOrId);
      return this;
    }

    public Draft label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    public Draft network(NetworkSettings value) {
      network = value;
      return this;
    }

    /// Show further files; a later mount at the same place replaces an earlier one.
    public Draft mount(FileMount value) {
      mounts.removeIf(mount -> mount.target().equals(value.target()));
      mounts.add(value);
      return this;
    }

    public Draft limits(Limits value) {
      limits = value;
      return this;
    }

    public Draft security(Security value) {
      security = value;
      return this;
    }

    public Draft sharing(Sharing value) {
      sharing = value;
      return this;
    }

    /// Give it a user namespace of its own.
    public Draft userMapping(UserMapping value) {
      userMapping = Optional.of(value);
      return this;
    }

    public Draft stop(StopRequest value) {
      stop = value;
      return this;
    }

    /// Leave walls out, to see what each keeps out. The container is not isolated then.
    public Draft without(Set<String> walls) {
      without = walls;
      return this;
    }

    /// Let a small init forward signals to the program and reap processes.
    public Draft init() {
      init = true;
      return this;
    }

    /// Let nothing write to the root filesystem.
    public Draft readOnly() {
      readOnly = true;
      return this;
    }

    /// Keep nothing when it has ended.
    public Draft autoRemove() {
      autoRemove = true;
      return this;
    }

    /// Give it a terminal instead of three streams.
    public Draft terminal() {
      terminal = true;
      return this;
    }

    /// Connect it to a network, without anything particular.
    public Draft network(NetworkMode mode) {
      return network(NetworkSettings.of(mode));
    }

    public ContainerSpec build() {
      return new ContainerSpec(
          image,
          entrypoint,
          command,
          name,
          hostname,
          domainname,
          environment,
          workingDirectory,
          user,
          extraGroups,
          labels,
          network,
          mounts,
          limits,
          security,
          sharing,
          userMapping,
          stop,
          without,
          init,
          readOnly,
          autoRemove,
          terminal);
    }
  }
}
