package jontainers.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Fd;
import jontainers.linux.Pidfd;
import jontainers.linux.Pipe;
import jontainers.linux.Poll;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.linux.proxy.CallObserver;
import jontainers.linux.proxy.Pace;
import jontainers.linux.proxy.Plan;
import jontainers.linux.proxy.StagedProcess;
import jontainers.oci.Hook;
import jontainers.oci.Spec;
import jontainers.runtime.step.NamespaceKind;

/// Run the programs that a configuration wants run along a container's life: `hooks` of config.md.
///
/// Each gets the container's state on its standard input, runs for as long as its timeout allows,
/// and the next one begins when it has ended. Confined to one thread.
///
/// @param place which namespaces they run in
record HookRunner(Place place) {
  private static final Duration FOREVER = Duration.ofDays(1);
  private static final int MOST_OUTPUT = 4096;

  /// Where hooks run.
  ///
  /// The specification leaves open with which environment, where a hook has none of its own, and in
  /// which directory; runc and crun agree but for that of createContainer, which is runc's here.
  sealed interface Place {
    /// In the namespaces of the runtime.
    ///
    /// @param caller the environment of whoever calls the runtime
    /// @param directory the bundle
    record OfRuntime(Map<String, String> caller, String directory) implements Place {}

    /// In those of a process of the container, with the rights of the runtime: the program is the
    /// host's.
    ///
    /// @param caller the environment of whoever calls the runtime
    /// @param directory the container's root filesystem, by its path on the host
    record OfProcess(
        Pidfd pidfd, Set<NamespaceKind> kinds, Map<String, String> caller, String directory)
        implements Place {}

    /// As the container's own process: the program is the image's.
    record AsProgram(OciContainer container, Spec spec, Host host) implements Place {}
  }

  /// Run hooks in their order.
  ///
  /// @param kind their name in the configuration
  /// @param state the JSON of runtime.md, "State"
  /// @throws StartException for the first that fails
  void run(String kind, List<Hook> hooks, String state) throws StartException {
    for (int i = 0; i < hooks.size(); i++) {
      try {
        run(hooks.get(i), state);
      } catch (IOException e) {
        throw new StartException(
            StartException.Kind.ENGINE,
            "error running " + kind + " hook #" + i + ": error running hook: " + e.getMessage(),
            "",
            e);
      }
    }
  }

  private void run(Hook hook, String state) throws IOException {
    var input = Pipe.open("the state for a hook"); // its write end is closed by who feeds it
    try (var _ = input.readEnd();
        var output = Pipe.open("the output of a hook")) {
      StagedProcess process;
      try {
        process = start(hook, input.readEnd(), output.writeEnd());
      } catch (IOException | RuntimeException e) {
        input.writeEnd().close();
        throw e;
      }
      try (process) {
        input.readEnd().close();
        output.writeEnd().close();
        // On a thread of its own: a hook need not read, and the state may be longer than a pipe.
        Thread.ofPlatform()
            .name("state for " + hook.path())
            .daemon()
            .start(() -> feed(input.writeEnd(), state));
        String said = attend(hook, process.pidfd(), output.readEnd());
        var status = process.pidfd().waitFor();
        if (status.shellCode() != 0) {
          throw new IOException(
              hook.path() + ": exit status " + status.shellCode() + ", output: " + said);
        }
      }
    }
  }

  private StagedProcess start(Hook hook, Fd input, Fd output) throws IOException {
    var words = hook.args().isEmpty() ? List.of(hook.path()) : hook.args();
    var streams = List.of(output, output, input);
    return switch (place) {
      case Place.OfRuntime in ->
          outside(
              PlainProgram.plan(
                  hook.path(),
                  words,
                  environment(hook, in.caller()),
                  in.directory(),
                  Optional.empty()),
              streams);
      case Place.OfProcess in -> {
        var descriptors = new ArrayList<>(streams);
        descriptors.add(in.pidfd().fd());
        yield outside(
            PlainProgram.plan(
                hook.path(),
                words,
                environment(hook, in.caller()),
                in.directory(),
                Optional.of(new Entering(in.kinds(), in.pidfd().pid()))),
            descriptors);
      }
      case Place.AsProgram as -> {
        var process = ContainerExec.like(as.spec(), words);
        var env = hook.env();
        yield ContainerExec.start(
                as.container(),
                ExecRequest.of(
                    env == null ? process : process.withEnv(env),
                    hook.path(),
                    new Launch.Streams(input, output, output)),
                as.host())
            .process();
      }
    };
  }

  private static StagedProcess outside(Plan plan, List<Fd> descriptors) throws SyscallException {
    return StagedProcess.startProgram(
        plan, descriptors, List.of(), Pace.ALL_AT_ONCE, new CallObserver() {});
  }

  private static List<String> environment(Hook hook, Map<String, String> caller) {
    var own = hook.env();
    return own != null
        ? own
        : caller.entrySet().stream()
            .map(variable -> variable.getKey() + "=" + variable.getValue())
            .toList();
  }

  /// What a hook does not read is its own affair: EPIPE.
  private static void feed(Fd input, String state) {
    try (input) {
      input.write(state.getBytes(StandardCharsets.UTF_8));
    } catch (SyscallException e) {
      // it has ended, or will be told to when its time is over
    }
  }

  /// Take its output until it has ended: the first of it is told when it fails.
  private static String attend(Hook hook, Pidfd process, Fd output) throws IOException {
    var timeout = hook.timeout() == null ? FOREVER : Duration.ofSeconds(hook.timeout());
    long end = System.nanoTime() + timeout.toNanos();
    var said = new ByteArrayOutputStream();
    byte[] buffer = new byte[MOST_OUTPUT];
    var awaited = new ArrayList<>(List.of(process.fd(), output));
    while (true) {
      var ready = Poll.readable(awaited, Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      if (awaited.size() > 1 && ready.get(1)) {
        int count = output.read(buffer, 0, buffer.length);
        said.write(buffer, 0, Math.max(0, Math.min(count, MOST_OUTPUT - said.size())));
        if (count <= 0) {
          awaited.remove(1);
        }
        continue;
      }
      if (ready.get(0)) {
        return said.toString(StandardCharsets.UTF_8).strip();
      }
      process.sendSignal(9);
      var _ = process.waitFor();
      throw new IOException(
          RawText.path(hook.path())
              + ": hook ran past specified timeout of "
              + timeout.toSeconds()
              + "s");
    }
  }
}
