package jontainers.oci;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collect what a [Process] is; each method returns this. Confined to one thread.
public final class ProcessDraft {
  private final List<String> args;
  private boolean terminal;
  private @Nullable ConsoleSize consoleSize;
  private User user = User.ROOT;
  private List<String> env = List.of();
  private String cwd = "/";
  private @Nullable Capabilities capabilities;
  private List<Rlimit> rlimits = List.of();
  private boolean noNewPrivileges;
  private @Nullable String apparmorProfile;
  private @Nullable Integer oomScoreAdj;
  private @Nullable Scheduler scheduler;
  private @Nullable String selinuxLabel;
  private @Nullable IoPriority ioPriority;
  private @Nullable ExecCpuAffinity execCpuAffinity;

  ProcessDraft(List<String> args) {
    this.args = List.copyOf(args);
  }

  /// Give it a terminal; without a size the terminal keeps the kernel's 0×0.
  public ProcessDraft terminal(@Nullable ConsoleSize size) {
    this.terminal = true;
    this.consoleSize = size;
    return this;
  }

  public ProcessDraft user(User value) {
    this.user = value;
    return this;
  }

  public ProcessDraft env(List<String> value) {
    this.env = value;
    return this;
  }

  public ProcessDraft cwd(String value) {
    this.cwd = value;
    return this;
  }

  public ProcessDraft capabilities(Capabilities value) {
    this.capabilities = value;
    return this;
  }

  public ProcessDraft rlimits(List<Rlimit> value) {
    this.rlimits = value;
    return this;
  }

  /// Let no execve(2) grant privileges: PR_SET_NO_NEW_PRIVS of prctl(2).
  public ProcessDraft noNewPrivileges() {
    this.noNewPrivileges = true;
    return this;
  }

  public ProcessDraft apparmorProfile(String value) {
    this.apparmorProfile = value;
    return this;
  }

  public ProcessDraft oomScoreAdj(int value) {
    this.oomScoreAdj = value;
    return this;
  }

  public ProcessDraft scheduler(Scheduler value) {
    this.scheduler = value;
    return this;
  }

  public ProcessDraft selinuxLabel(String value) {
    this.selinuxLabel = value;
    return this;
  }

  public ProcessDraft ioPriority(IoPriority value) {
    this.ioPriority = value;
    return this;
  }

  public ProcessDraft execCpuAffinity(ExecCpuAffinity value) {
    this.execCpuAffinity = value;
    return this;
  }

  public Process build() {
    return new Process(
        terminal,
        consoleSize,
        user,
        args,
        null,
        env,
        cwd,
        capabilities,
        rlimits,
        noNewPrivileges,
        apparmorProfile,
        oomScoreAdj,
        scheduler,
        selinuxLabel,
        ioPriority,
        execCpuAffinity);
  }
}
