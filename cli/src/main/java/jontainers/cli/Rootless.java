package jontainers.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.engine.UserMapping;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.linux.ThisProcess;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.UserNamespace;

/// Be root of a user namespace, for those who are not root.
///
/// This process is replaced by another JVM with the same command line, in a user namespace in which
/// its user is root. So a command without root does what it does with root, as far as the kernel
/// allows it there.
final class Rootless {
  /// The state directory, where no option names one.
  static final String ROOT = "JONTAINERS_ROOT";

  /// Set inside.
  private static final String INSIDE = "JONTAINERS_ROOTLESS";

  private Rootless() {}

  /// Return the state directory for whom no option names one.
  static Path root(Session session) {
    String named = session.environment().getOrDefault(ROOT, "");
    if (!named.isEmpty()) {
      return session.path(named);
    }
    return ThisProcess.euid() == 0 ? Engine.DEFAULT_ROOT : data(session.environment());
  }

  /// XDG base directory specification.
  private static Path data(Map<String, String> environment) {
    String data = environment.getOrDefault("XDG_DATA_HOME", "");
    return data.startsWith("/")
        ? RawText.path(data).resolve("jontainers")
        : RawText.path(environment.getOrDefault("HOME", "/")).resolve(".local/share/jontainers");
  }

  /// Tell whether this process was put into a user namespace by [#enter].
  static boolean isInside(Map<String, String> environment) {
    return environment.containsKey(INSIDE);
  }

  /// Begin anew as root of a user namespace; return at once when this process is root.
  static void enter(Session session) throws EngineException {
    if (ThisProcess.euid() != 0) {
      try {
        enter(session, UserMapping.automatic());
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }

  /// Begin anew in a user namespace with these ids; return at once when this process is root.
  static void enter(Session session, UserMapping mapping) throws EngineException {
    if (ThisProcess.euid() != 0) {
      try {
        execute(
            session,
            mapping,
            RawText.of(Files.readSymbolicLink(Path.of("/proc/self/exe"))),
            texts(Files.readAllBytes(Path.of("/proc/self/cmdline"))));
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }

  /// Become a program that is root of a user namespace.
  static void execute(Session session, String program, List<String> arguments)
      throws EngineException {
    try {
      execute(
          session,
          UserMapping.automatic(),
          program,
          arguments.stream().map(a -> new Argument.Text(RawText.encode(a))).toList());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static void execute(
      Session session, UserMapping mapping, String program, List<Argument.Text> arguments)
      throws IOException {
    var environment = new ArrayList<>(texts(Files.readAllBytes(Path.of("/proc/self/environ"))));
    environment.add(text(INSIDE + "=1"));
    if (!session.environment().containsKey(ROOT)) {
      environment.add(text(ROOT + "=" + RawText.of(root(session))));
    }
    UserNamespace.execute(mapping.maps(), program, arguments, environment);
  }

  /// Split what NUL bytes end.
  private static List<Argument.Text> texts(byte[] bytes) {
    var texts = new ArrayList<Argument.Text>();
    var text = new ByteArrayOutputStream();
    for (byte b : bytes) {
      if (b == 0) {
        texts.add(new Argument.Text(text.toByteArray()));
        text.reset();
      } else {
        text.write(b);
      }
    }
    return texts;
  }

  private static Argument.Text text(String text) {
    return new Argument.Text(RawText.encode(text));
  }

  private static EngineException failed(IOException e) {
    String hint =
        e instanceof SyscallException call
            ? switch (call.errno()) {
              case EPERM, EACCES ->
                  "user namespaces may be forbidden here: see"
                      + " /proc/sys/kernel/unprivileged_userns_clone,"
                      + " /proc/sys/kernel/apparmor_restrict_unprivileged_userns, /etc/subuid and"
                      + " newuidmap(1)";
              case ENOSPC -> "the limit in /proc/sys/user/max_user_namespaces is reached";
              default -> "";
            }
            : "";
    return new EngineException(
        EngineException.Category.FORBIDDEN,
        "cannot make a user namespace: " + e.getMessage(),
        hint.isEmpty() ? "run it with sudo" : hint);
  }
}
