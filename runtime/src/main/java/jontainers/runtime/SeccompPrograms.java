package jontainers.runtime;

import java.util.LinkedHashSet;
import jontainers.linux.Arch;
import jontainers.linux.Errno;
import jontainers.linux.seccomp.Abi;
import jontainers.linux.seccomp.Action;
import jontainers.linux.seccomp.Argument;
import jontainers.linux.seccomp.Filter;
import jontainers.linux.seccomp.FilterFlag;
import jontainers.linux.seccomp.Operator;
import jontainers.linux.seccomp.Rule;
import jontainers.oci.Seccomp;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.Step;
import org.jspecify.annotations.Nullable;

/// From `linux.seccomp` of a specification to the step that loads its program.
///
/// The last program is kept: a JVM that starts many containers compiles their profile once. Safe
/// for any thread.
final class SeccompPrograms {
  private static final String NOTIFY = "SCMP_ACT_NOTIFY";

  private static volatile Compiled last = new Compiled(null, Arch.X86_64, null);

  private record Compiled(@Nullable Seccomp profile, Arch arch, @Nullable Step step) {}

  private SeccompPrograms() {}

  static Step step(Seccomp profile, Arch arch) throws StartException {
    var known = last;
    if (known.step != null && known.arch == arch && profile.equals(known.profile)) {
      return known.step;
    }
    try {
      var program = filter(profile).compile(arch);
      Step step =
          notifies(profile)
              ? new IdentityStep.LoadNotifyingSeccomp(program.bytes(), program.flags())
              : new IdentityStep.LoadSeccomp(program.bytes(), program.flags());
      last = new Compiled(profile, arch, step);
      return step;
    } catch (IllegalArgumentException e) {
      throw new StartException(
          StartException.Kind.ENGINE, "seccomp profile: " + e.getMessage(), "", e);
    }
  }

  /// Tell whether an agent decides on some calls.
  static boolean notifies(Seccomp profile) {
    return profile.defaultAction().equals(NOTIFY)
        || profile.syscalls().stream().anyMatch(rule -> rule.action().equals(NOTIFY));
  }

  private static Filter filter(Seccomp profile) {
    var abis = new LinkedHashSet<Abi>();
    profile.architectures().forEach(name -> Abi.parse(name).ifPresent(abis::add));
    var flags = new LinkedHashSet<FilterFlag>();
    profile.flags().forEach(name -> flags.add(FilterFlag.parse(name)));
    var rules =
        profile.syscalls().stream()
            .map(rule ->
                new Rule(
                    rule.names(),
                    action(rule.action(), rule.errnoRet()),
                    rule.args().stream().map(SeccompPrograms::argument).toList()))
            .toList();
    return new Filter(
        action(profile.defaultAction(), profile.defaultErrnoRet()), abis, flags, rules);
  }

  private static Action action(String name, @Nullable Integer errno) {
    return Action.parse(name, errno == null ? Errno.EPERM.number() : errno);
  }

  private static Argument argument(jontainers.oci.SeccompArg arg) {
    return new Argument(arg.index(), Operator.parse(arg.op()), arg.value(), arg.valueTwo());
  }
}
