package jontainers.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.engine.RunListener;
import jontainers.engine.RunOptions;
import jontainers.engine.RunResult;
import jontainers.engine.RunningContainer;
import jontainers.engine.StartOptions;
import jontainers.linux.Fd;
import jontainers.linux.Pump;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;
import jontainers.runtime.Launch;
import jontainers.runtime.StartObserver;

/// Run one container in the foreground: its streams are the caller's, its end is the command's.
///
/// The engine decides which of the streams are passed on and which are copied. Confined to one
/// thread.
final class AttachedRun {
  private final Session session;
  private final Engine engine;
  private final SignalForwarding signals;
  private final ContainerSpec spec;
  private final boolean interactive;
  private final Optional<DetachKeys> detachKeys;
  private final Optional<Export> export;
  private final Optional<StartObserver> trace;
  private final IdFile idFile;
  private final List<Fd> lent = new ArrayList<>();
  private final List<Pump> outputs = new ArrayList<>();

  AttachedRun(
      Session session,
      Engine engine,
      SignalForwarding signals,
      ContainerSpec spec,
      boolean interactive,
      Optional<DetachKeys> detachKeys,
      Optional<Export> export,
      Optional<StartObserver> trace,
      IdFile idFile) {
    this.session = session;
    this.engine = engine;
    this.signals = signals;
    this.spec = spec;
    this.interactive = interactive;
    this.detachKeys = detachKeys;
    this.export = export;
    this.trace = trace;
    this.idFile = idFile;
  }

  int run() throws EngineException, IOException {
    try {
      return spec.terminal() ? runWithTerminal() : runWithStreams();
    } finally {
      closeLent();
    }
  }

  private int runWithStreams() throws EngineException, IOException {
    var streams =
        new Launch.Streams(
            input(), tarOnStdout() ? session.stderr() : session.stdout(), session.stderr());
    return run(
        new StartOptions(streams, Optional.empty(), Optional.empty(), trace), new Attendance());
  }

  /// The caller's terminal is raw from the start on, so that no key is handled twice.
  private int runWithTerminal() throws EngineException, IOException {
    try (var terminal = CallerTerminal.of(session, interactive)) {
      terminal.makeRaw();
      var none = lend(Fd.open(Path.of("/dev/null"), Fd.O_RDWR));
      return run(
          new StartOptions(
              new Launch.Streams(none, none, none), terminal.toRestore(), terminal.size(), trace),
          new TerminalAttendance(terminal));
    }
  }

  private int run(StartOptions start, RunListener attendance) throws EngineException {
    return engine.run(spec, RunOptions.attached(start).listener(attendance)).exitCode();
  }

  /// What is done about a container that has started, and about one that has ended.
  private class Attendance implements RunListener {
    @Override
    public void started(RunningContainer container) throws EngineException, IOException {
      signals.to(container::signal);
      closeLent();
      idFile.write(container.id());
    }

    @Override
    public void ended(RunningContainer container, RunResult result)
        throws EngineException, IOException {
      if (result.outcome() == RunResult.Outcome.OUT_OF_MEMORY) {
        session
            .err()
            .println(
                "jontainers: container "
                    + container.state().name()
                    + " was killed: its memory was used up");
      }
      if (export.isPresent()) {
        signals.whileInterruptible(() -> export.get().write(session, container));
      }
    }
  }

  /// The same for one with a terminal, which is copied to the caller's and has its size.
  private final class TerminalAttendance extends Attendance {
    private final CallerTerminal caller;
    private Optional<HangUp> hangUp = Optional.empty();

    TerminalAttendance(CallerTerminal caller) {
      this.caller = caller;
    }

    @Override
    public void started(RunningContainer container) throws EngineException, IOException {
      super.started(container);
      hangUp = Optional.of(HangUp.watch(session, container::signal));
      var master = lend(container.terminal().orElseThrow());
      var terminal = Terminal.of(master);
      signals.handle("WINCH", _ -> follow(terminal));
      follow(terminal); // it may have changed since the container was given its size
      outputs.add(Pump.start("terminal output", master, session.stdout(), () -> {}));
      if (interactive) {
        Pump.start("terminal input", session.stdin(), keysTo(master, container), () -> {});
      }
    }

    /// Pass on what is typed, but for the keys that leave the container.
    private Pump.Target keysTo(Fd master, RunningContainer container) {
      if (detachKeys.isEmpty()) {
        return Pump.to(master);
      }
      var keys = detachKeys.get();
      return (bytes, count) -> {
        master.write(keys.take(bytes, count));
        if (keys.isComplete()) {
          container.requestDetach();
        }
      };
    }

    private void follow(Terminal terminal) {
      var size = caller.size();
      if (size.isPresent()) {
        try {
          terminal.resize(size.get());
        } catch (SyscallException e) {
          // the container has ended
        }
      }
    }

    @Override
    public void ended(RunningContainer container, RunResult result)
        throws EngineException, IOException {
      hangUp.ifPresent(HangUp::close);
      outputs.forEach(Pump::await);
      caller.close();
      super.ended(container, result);
    }
  }

  private Fd input() throws IOException {
    return interactive ? session.stdin() : lend(Fd.open(Path.of("/dev/null"), Fd.O_RDONLY));
  }

  private Fd lend(Fd fd) {
    lent.add(fd);
    return fd;
  }

  /// Once the container has its own copies, ours would keep the pipes from ending.
  private void closeLent() {
    lent.forEach(Fd::close);
    lent.clear();
  }

  private boolean tarOnStdout() {
    return export.isPresent() && export.get() instanceof Export.ToStdout;
  }
}
