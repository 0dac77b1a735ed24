package jontainers.cli.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import jontainers.cli.SignalForwarding;
import jontainers.linux.Fd;
import jontainers.linux.Signal;
import jontainers.oci.Capabilities;
import jontainers.oci.Process;
import jontainers.oci.Spec;
import jontainers.oci.User;
import jontainers.runtime.ContainerExec;
import jontainers.runtime.ExecRequest;
import jontainers.runtime.IgnoredCapabilities;
import jontainers.runtime.PidfdSocket;
import jontainers.runtime.SpecCheck;
import jontainers.runtime.StreamCopies;
import org.jspecify.annotations.Nullable;

/// `exec`: run another program in a container.
final class ExecOperation {
  private final Context context;
  private final Flags flags;

  private ExecOperation(Context context, Flags flags) {
    this.context = context;
    this.flags = flags;
  }

  static int run(Context context, Flags flags) throws IOException, FlagException {
    return new ExecOperation(context, flags).run();
  }

  private int run() throws IOException, FlagException {
    var session = context.session();
    var container = context.container(flags);
    var process = process(container.spec());
    var problems = SpecCheck.problems(process);
    if (!problems.isEmpty()) {
      throw new FlagException("exec failed: " + String.join("; ", problems));
    }
    IgnoredCapabilities.of(process).forEach(context.log()::warning);
    var console = flags.value("console-socket").filter(s -> !s.isEmpty()).map(session::path);
    boolean detach = flags.has("detach");
    if (!detach && console.isEmpty()) {
      process = Foreground.sized(session, process);
    }
    if (detach && process.terminal() && console.isEmpty()) {
      throw new FlagException(
          "exec failed: cannot allocate tty if runc will detach without setting console socket");
    }
    var copies =
        detach
            ? Optional.<StreamCopies>empty()
            : Foreground.copies(session, process, StreamCopies.Writers.ARE_AWAITED);
    try (var signals = detach ? null : SignalForwarding.listen()) {
      ContainerExec.Running running;
      try (var preserved = Preserved.take(flags.number("preserve-fds").orElse(0L))) {
        running =
            ContainerExec.start(
                container,
                new ExecRequest(
                    process,
                    Optional.empty(),
                    copies.map(StreamCopies::streams).orElse(Foreground.streams(session)),
                    console,
                    preserved.descriptors(),
                    cgroup(),
                    flags.has("ignore-paused")
                        ? ExecRequest.IfPaused.JOIN
                        : ExecRequest.IfPaused.REFUSE),
                context.host());
      }
      copies.ifPresent(StreamCopies::begin);
      return attend(running, Optional.ofNullable(signals), copies);
    } finally {
      copies.ifPresent(StreamCopies::close);
    }
  }

  private int attend(
      ContainerExec.Running running,
      Optional<SignalForwarding> signals,
      Optional<StreamCopies> copies)
      throws IOException {
    try (var process = running.process()) {
      try {
        Telling.of(flags, context.session()).tell(process.pidfd(), PidfdSocket.OF_EXEC);
      } catch (IOException | RuntimeException e) {
        process.pidfd().sendSignal(Signal.SIGKILL.number());
        throw e;
      }
      if (signals.isEmpty()) {
        return 0;
      }
      return new Foreground(context.session(), signals.get(), running.terminal(), copies)
          .await(process.pidfd());
    } finally {
      running.terminal().ifPresent(Fd::close);
    }
  }

  /// `PATH`, or `CONTROLLER:PATH` of version 1: the path is what counts here.
  private String cgroup() {
    String given = flags.value("cgroup").orElse("");
    String path = given.substring(given.indexOf(':') + 1);
    return path.startsWith("/") ? path.substring(1) : path;
  }

  private Process process(Spec spec) throws IOException, FlagException {
    var file = flags.value("process").map(context.session()::path);
    if (file.isPresent()) {
      return Process.parse(Files.readString(file.get()));
    }
    var words = flags.rest().subList(1, flags.rest().size());
    if (words.isEmpty()) {
      throw new FlagException("exec failed: process args cannot be empty");
    }
    var own = Objects.requireNonNull(spec.process());
    var like = ContainerExec.like(spec, words);
    var environment = new ArrayList<>(own.env());
    environment.addAll(flags.values("env"));
    return new Process(
        flags.has("tty"),
        null,
        user(own.user()),
        words,
        null,
        List.copyOf(environment),
        flags.value("cwd").orElse(own.cwd()),
        capabilities(own.capabilities()),
        like.rlimits(),
        flags.has("no-new-privs") || like.noNewPrivileges(),
        flags.value("apparmor").orElse(like.apparmorProfile()),
        like.oomScoreAdj(),
        like.scheduler(),
        flags.value("process-label").orElse(like.selinuxLabel()),
        like.ioPriority(),
        like.execCPUAffinity());
  }

  /// `UID` or `UID:GID`, numbers alone: names are whoever calls us to resolve (CVE-2026-30892).
  private User user(User own) throws FlagException {
    var groups =
        new ArrayList<Long>(
            flags.values("additional-gids").isEmpty() ? own.additionalGids() : List.of());
    for (String group : flags.values("additional-gids")) {
      groups.add(id(group, "additional-gids"));
    }
    var given = flags.value("user");
    if (given.isEmpty()) {
      return new User(own.uid(), own.gid(), own.umask(), List.copyOf(groups), null);
    }
    String[] parts = given.get().split(":", -1);
    if (parts.length > 2) {
      throw new FlagException("exec failed: invalid user: " + given.get());
    }
    return new User(
        id(parts[0], "user"),
        parts.length > 1 ? id(parts[1], "user") : own.gid(),
        own.umask(),
        List.copyOf(groups),
        null);
  }

  private static long id(String text, String what) throws FlagException {
    boolean digits =
        !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    long number = digits ? Long.parseLong(text) : -1;
    if (number < 0 || number >= 0xffffffffL) {
      throw new FlagException(
          "exec failed: invalid " + what + " \"" + text + "\": an id is a number below 4294967295");
    }
    return number;
  }

  /// As runc: in the ambient set, too, which makes another user than root have it, where it is
  /// inheritable.
  private Capabilities capabilities(@Nullable Capabilities own) {
    var added = flags.values("cap");
    var sets = own == null ? Capabilities.NONE : own;
    if (added.isEmpty()) {
      return sets;
    }
    return new Capabilities(
        with(sets.bounding(), added),
        with(sets.effective(), added),
        with(sets.permitted(), added),
        sets.inheritable(),
        with(sets.ambient(), added.stream().filter(sets.inheritable()::contains).toList()));
  }

  private static List<String> with(List<String> own, List<String> added) {
    var all = new ArrayList<>(own);
    var known = new HashSet<>(own);
    for (String name : added) {
      if (known.add(name)) {
        all.add(name);
      }
    }
    return List.copyOf(all);
  }
}
