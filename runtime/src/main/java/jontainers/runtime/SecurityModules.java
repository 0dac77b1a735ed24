package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.oci.Process;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;

/// What a process is called by AppArmor and SELinux after its execve(2), where the kernel has them:
/// proc_pid_attr(5).
final class SecurityModules {
  private static final Path APPARMOR = Path.of("/sys/module/apparmor/parameters/enabled");
  private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

  private SecurityModules() {}

  /// Check that this kernel has the modules whose labels a process asks for.
  static void check(Process process) throws StartException {
    if (isSet(process.apparmorProfile()) && !hasAppArmor()) {
      throw new StartException(
          "the AppArmor profile \""
              + process.apparmorProfile()
              + "\" cannot be used: apparmor is not enabled",
          "leave process.apparmorProfile out, or boot with apparmor=1 security=apparmor");
    }
    if (isSet(process.selinuxLabel()) && !Files.exists(SELINUX)) {
      throw new StartException(
          "the SELinux label \""
              + process.selinuxLabel()
              + "\" cannot be used: selinux is not enabled",
          "leave process.selinuxLabel out, or boot with selinux=1 security=selinux");
    }
  }

  /// Add the steps that set the labels, while /proc is the container's and its root's rights are
  /// still there.
  static void labels(Process process, List<Step> steps) {
    if (isSet(process.apparmorProfile())) {
      steps.add(
          new ProcessStep.WriteProc(
              "/proc/self/attr/apparmor/exec", "exec " + process.apparmorProfile()));
    }
    String label = process.selinuxLabel();
    if (label != null && !label.isEmpty()) {
      steps.add(new ProcessStep.WriteProc("/proc/self/attr/exec", label));
    }
  }

  private static boolean isSet(@org.jspecify.annotations.Nullable String text) {
    return text != null && !text.isEmpty();
  }

  private static boolean hasAppArmor() {
    try {
      return Files.readString(APPARMOR).startsWith("Y");
    } catch (IOException e) {
      return false;
    }
  }
}
