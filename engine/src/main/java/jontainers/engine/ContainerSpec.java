package jontainers.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What to run and how, in the words of `docker run`.
///
/// @param image the root filesystem
/// @param command the program and its arguments; never empty
/// @param name unique among containers; made up where absent
/// @param hostname the container's id where absent
/// @param environment `NAME=value`, added to PATH, HOSTNAME and HOME; the last of a name counts
/// @param workingDirectory absolute; made where it is missing
/// @param user `name|uid[:group|gid]` as the image's own files know them
/// @param network which network it sees
/// @param readOnly whether the root filesystem is
/// @param autoRemove whether nothing is kept when it has ended
/// @param terminal whether its standard streams are a terminal of its own
public record ContainerSpec(
    RootImage image,
    List<String> command,
    Optional<String> name,
    Optional<String> hostname,
    List<String> environment,
    String workingDirectory,
    String user,
    NetworkMode network,
    boolean readOnly,
    boolean autoRemove,
    boolean terminal) {
  public ContainerSpec {
    command = List.copyOf(command);
    environment = List.copyOf(environment);
  }

  /// Begin with a program as root in `/`, on the bridge, kept when it has ended.
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
    private final List<String> command;
    private final List<String> environment = new ArrayList<>();
    private Optional<String> name = Optional.empty();
    private Optional<String> hostname = Optional.empty();
    private String workingDirectory = "/";
    private String user = "";
    private NetworkMode network = NetworkMode.BRIDGE;
    private boolean readOnly;
    private boolean autoRemove;
    private boolean terminal;

    private Draft(RootImage image, List<String> command) {
      this.image = image;
      this.command = List.copyOf(command);
    }

    public Draft name(String value) {
      name = Optional.of(value);
      return this;
    }

    public Draft hostname(String value) {
      hostname = Optional.of(value);
      return this;
    }

    /// Set a variable.
    public Draft environment(String variable, String value) {
      environment.add(variable + "=" + value);
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

    public Draft network(NetworkMode value) {
      network = value;
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

    public ContainerSpec build() {
      return new ContainerSpec(
          image,
          command,
          name,
          hostname,
          environment,
          workingDirectory,
          user,
          network,
          readOnly,
          autoRemove,
          terminal);
    }
  }
}
