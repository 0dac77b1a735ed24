package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Pace;
import jontainers.linux.proxy.Plan;
import jontainers.linux.proxy.ProxiedProcess;
import jontainers.linux.proxy.Sequence;
import jontainers.linux.proxy.UserNamespace;
import jontainers.linux.proxy.Zygotes;
import jontainers.oci.Namespace;
import jontainers.runtime.step.Descriptors;
import jontainers.runtime.step.Step;

/// A container that is decided on and not yet made.
///
/// Deciding touches nothing. [#start] makes the cgroups and then the process; it blocks in the
/// kernel, so call it on a platform thread. Confined to one thread.
public final class PreparedContainer {
  private static final long TCSETS = 0x5402;

  private final Launch launch;
  private final ContainerPlan plan;

  private PreparedContainer(Launch launch, ContainerPlan plan) {
    this.launch = launch;
    this.plan = plan;
  }

  /// Decide on the steps of a container.
  ///
  /// @throws StartException where the specification asks for what cannot be
  public static PreparedContainer of(Launch launch, Host host) throws StartException {
    boolean terminal = launch.callerTerminal().isPresent();
    return new PreparedContainer(launch, ContainerPlan.of(launch, host, terminal, new HostNodes()));
  }

  /// Return the steps in their order.
  public List<Step> steps() {
    return plan.steps();
  }

  /// Return the cgroup directories that [#start] makes and [ContainerProcess#close] removes.
  public List<Path> cgroups() {
    return plan.cgroup().directories().stream().map(Cgroup.Directory::path).toList();
  }

  /// Make the container as fast as can be.
  ///
  /// @param zygotes of a JVM that starts several
  public ContainerProcess start(Zygotes zygotes) throws StartException {
    return start(zygotes, Optional.empty());
  }

  /// Make the container call by call and show each to an observer.
  public ContainerProcess start(Zygotes zygotes, StartObserver observer) throws StartException {
    return start(zygotes, Optional.of(observer));
  }

  private ContainerProcess start(Zygotes zygotes, Optional<StartObserver> observer)
      throws StartException {
    var watch = new StartWatch(observer);
    var opened = new ArrayList<Fd>();
    try {
      plan.cgroup().create();
      var process =
          ProxiedProcess.start(
              zygotes,
              proxyPlan(watch),
              descriptors(opened),
              observer.isPresent() ? Pace.ONE_BY_ONE : Pace.ALL_AT_ONCE,
              watch);
      return new ContainerProcess(process, plan.cgroup());
    } catch (SyscallException e) {
      throw undone(watch.explain(e));
    } catch (StartException e) {
      throw undone(e);
    } catch (IOException e) {
      throw undone(new StartException(StartException.Kind.ENGINE, e.toString(), "", e));
    } catch (RuntimeException e) {
      throw undone(e);
    } catch (Error e) {
      throw undone(e);
    } finally {
      opened.forEach(Fd::close);
    }
  }

  private <T extends Throwable> T undone(T failure) {
    try {
      plan.cgroup().remove();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  private Plan proxyPlan(StartWatch watch) {
    var pidfd = Argument.Struct.of("pidfd", new byte[8]);
    var cloning = watch.expect(plan.cloning(), Sequence.of(plan.cloning().call(pidfd)));
    return new Plan(
        watch.expect(plan.agent()),
        cloning.calls().getFirst(),
        pidfd,
        hasTerminal()
            ? new Plan.Afterwards.GuardOrKeep(guardCalls())
            : new Plan.Afterwards.Guard(guardCalls()),
        watch.expect(plan.child()));
  }

  private boolean hasTerminal() {
    var process = launch.spec().process();
    return process != null && process.terminal();
  }

  private List<Fd> descriptors(List<Fd> opened) throws SyscallException {
    var streams = launch.streams();
    var all = new ArrayList<Fd>(List.of(streams.stdout(), streams.stderr(), streams.stdin()));
    launch.callerTerminal().ifPresent(caller -> all.add(caller.terminal()));
    for (Namespace namespace : plan.joined()) {
      var fd =
          namespace.path() == null
              ? UserNamespace.create(plan.maps().orElseThrow()).fd()
              : Fd.open(RawText.path(namespace.path()), Fd.O_RDONLY);
      opened.add(fd);
      all.add(fd);
    }
    for (var maps : plan.mounted()) {
      var fd = UserNamespace.create(maps).fd();
      opened.add(fd);
      all.add(fd);
    }
    return all;
  }

  /// Give the caller its terminal back as it was, should this JVM be killed: ioctl_tty(2).
  private List<Call> guardCalls() {
    return launch.callerTerminal().stream()
        .map(caller ->
            Call.of(
                Syscall.ioctl,
                "the caller's terminal",
                Descriptors.moved(0),
                Argument.of(TCSETS, "TCSETS"),
                Argument.Struct.of("attributes", (Object) caller.attributes())))
        .toList();
  }
}
