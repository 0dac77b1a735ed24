package jontainers.cli.oci;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.cli.SignalForwarding;
import jontainers.linux.Fd;
import jontainers.oci.Mount;
import jontainers.oci.Spec;
import jontainers.runtime.CreateRequest;
import jontainers.runtime.CreatedContainer;
import jontainers.runtime.Creation;
import jontainers.runtime.IgnoredCapabilities;
import jontainers.runtime.OciContainer;
import jontainers.runtime.PidfdSocket;
import jontainers.runtime.StreamCopies;

/// `create`: make a container that waits to be started; `run`: make it, start it, and unless it is
/// left alone stay until it has ended.
final class CreateOperation {
  private static final String NOTIFY_SOCKET = "NOTIFY_SOCKET";
  private static final String NOTIFY_INSIDE = "/run/notify/notify.sock";

  private final Context context;
  private final Flags flags;

  private CreateOperation(Context context, Flags flags) {
    this.context = context;
    this.flags = flags;
  }

  static int create(Context context, Flags flags) throws IOException, FlagException {
    new CreateOperation(context, flags)
        .make(Leaving.ALONE)
        .container()
        .terminal()
        .ifPresent(Fd::close);
    return 0;
  }

  static int run(Context context, Flags flags) throws IOException, FlagException {
    return new CreateOperation(context, flags).createAndStart();
  }

  /// Whether the container goes on without this process.
  private enum Leaving {
    ALONE,
    ATTENDED
  }

  private int createAndStart() throws IOException, FlagException {
    if (flags.has("detach")) {
      var created = make(Leaving.ALONE).container();
      created.terminal().ifPresent(Fd::close);
      start(created.container());
      return 0;
    }
    try (var signals = SignalForwarding.listen()) {
      var made = make(Leaving.ATTENDED);
      var created = made.container();
      var container = created.container();
      made.copies().ifPresent(StreamCopies::begin);
      try {
        int code;
        try (var process = container.process().orElseThrow()) {
          start(container);
          code =
              new Foreground(context.session(), signals, created.terminal(), made.copies())
                  .await(process);
        }
        if (!flags.has("keep")) {
          container.delete(OciContainer.Deletion.OF_ANY, context.log()::warning);
        }
        return code;
      } finally {
        created.terminal().ifPresent(Fd::close);
      }
    }
  }

  /// What did not start is not left behind.
  private void start(OciContainer container) throws IOException {
    try {
      container.start(context.log()::warning);
    } catch (IOException e) {
      try {
        container.delete(OciContainer.Deletion.OF_ANY, context.log()::warning);
      } catch (IOException undoing) {
        e.addSuppressed(undoing);
      }
      throw e;
    }
  }

  /// A container that waits to be started, and what is to be copied while it runs.
  private record Made(CreatedContainer container, Optional<StreamCopies> copies) {}

  private Made make(Leaving leaving) throws IOException, FlagException {
    var session = context.session();
    var directory = flags.value("bundle").map(session::path).orElse(session.workingDirectory());
    var file = flags.value("config").map(session::path).orElse(directory.resolve("config.json"));
    var bundle = Bundle.read(directory, file, context.global().driver());
    var spec = environment(bundle.spec());
    if (leaving == Leaving.ATTENDED && spec.process() != null) {
      spec = spec.withProcess(Foreground.sized(session, spec.process()));
    }
    if (spec.process() != null) {
      IgnoredCapabilities.of(spec.process()).forEach(context.log()::warning);
    }
    boolean terminal = spec.process() != null && spec.process().terminal();
    var console = flags.value("console-socket").filter(s -> !s.isEmpty()).map(session::path);
    requireConsole(terminal, console, leaving);
    long count = flags.number("preserve-fds").orElse(0L) + listening();
    var copies =
        leaving == Leaving.ATTENDED && spec.process() != null
            ? Foreground.copies(session, spec.process(), writers(spec))
            : Optional.<StreamCopies>empty();
    try (var preserved = Preserved.take(count)) {
      var created =
          OciContainer.create(
              context.containers(),
              new CreateRequest(
                  flags.rest().getFirst(),
                  directory,
                  spec,
                  bundle.config(),
                  copies.map(StreamCopies::streams).orElse(Foreground.streams(session)),
                  console,
                  preserved.descriptors(),
                  flags.has("no-pivot") ? Creation.RootChange.MOVE : Creation.RootChange.PIVOT,
                  context.global().driver(),
                  flags.has("no-new-keyring")
                      ? CreateRequest.Keyring.CALLERS
                      : CreateRequest.Keyring.NEW),
              context.host());
      tell(created);
      return new Made(created, copies);
    } catch (IOException | FlagException | RuntimeException e) {
      copies.ifPresent(StreamCopies::close);
      throw e;
    }
  }

  private static StreamCopies.Writers writers(Spec spec) {
    boolean ownPids =
        spec.linux() != null
            && spec.linux().namespaces().stream()
                .anyMatch(namespace -> namespace.type().equals("pid") && namespace.path() == null);
    return ownPids ? StreamCopies.Writers.END_WITH_PROGRAM : StreamCopies.Writers.ARE_AWAITED;
  }

  private static void requireConsole(boolean terminal, Optional<Path> console, Leaving leaving)
      throws FlagException {
    if (leaving == Leaving.ALONE && terminal && console.isEmpty()) {
      throw new FlagException(
          "cannot allocate tty if runc will detach without setting console socket");
    }
    if (console.isPresent() && (!terminal || leaving == Leaving.ATTENDED)) {
      throw new FlagException("cannot use console socket if runc will not detach or allocate tty");
    }
  }

  /// Tell whoever calls of the process, by a file and a socket; who cannot be told has no
  /// container.
  private void tell(CreatedContainer created) throws IOException {
    var container = created.container();
    try {
      try (var process = container.process().orElseThrow()) {
        Telling.of(flags, context.session()).tell(process, PidfdSocket.OF_CONTAINER);
      }
    } catch (IOException | RuntimeException e) {
      created.terminal().ifPresent(Fd::close);
      container.delete(OciContainer.Deletion.OF_ANY, context.log()::warning);
      throw e;
    }
  }

  /// Sockets that whoever calls has opened: sd_listen_fds(3).
  private long listening() throws FlagException {
    String count = context.session().environment().get("LISTEN_FDS");
    if (count == null || count.isEmpty()) {
      return 0;
    }
    try {
      return Long.parseLong(count);
    } catch (NumberFormatException e) {
      throw new FlagException("LISTEN_FDS is no number: " + count);
    }
  }

  /// Tell the program of the sockets and of the place where it says that it is ready:
  /// sd_listen_fds(3), sd_notify(3).
  private Spec environment(Spec spec) throws FlagException {
    var process = spec.process();
    if (process == null) {
      return spec;
    }
    var environment = new ArrayList<>(process.env());
    if (listening() > 0) {
      environment.add("LISTEN_FDS=" + listening());
      environment.add("LISTEN_PID=1");
      String names = context.session().environment().get("LISTEN_FDNAMES");
      if (names != null) {
        environment.add("LISTEN_FDNAMES=" + names);
      }
    }
    String socket = context.session().environment().get(NOTIFY_SOCKET);
    var told = spec;
    if (socket != null && socket.startsWith("/")) {
      environment.add(NOTIFY_SOCKET + "=" + NOTIFY_INSIDE);
      var mounts = new ArrayList<>(spec.mounts());
      mounts.add(new Mount(NOTIFY_INSIDE, "bind", socket, List.of("bind")));
      told = spec.withMounts(mounts);
    }
    return environment.size() == process.env().size()
        ? told
        : told.withProcess(process.withEnv(environment));
  }
}
