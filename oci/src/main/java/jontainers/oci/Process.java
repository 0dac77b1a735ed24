package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The container's process (`process` of config.md).
///
/// @param args the argument vector; the first names the program
/// @param cwd absolute, in the container
/// @param oomScoreAdj for /proc/pid/oom_score_adj, absent to leave the inherited one
@Json
@SuppressWarnings("AvoidCommonTypeNames") // the specification's own name
public record Process(
    boolean terminal,
    @Nullable ConsoleSize consoleSize,
    User user,
    List<String> args,
    @Nullable String commandLine,
    List<String> env,
    String cwd,
    @Nullable Capabilities capabilities,
    List<Rlimit> rlimits,
    boolean noNewPrivileges,
    @Nullable String apparmorProfile,
    @Nullable Integer oomScoreAdj,
    @Nullable Scheduler scheduler,
    @Nullable String selinuxLabel,
    @Nullable IoPriority ioPriority,
    @Nullable ExecCpuAffinity execCPUAffinity) {
  public Process {
    user = Fields.or(user, User.ROOT);
    args = Fields.list(args);
    env = Fields.list(env);
    Fields.required(cwd, "process.cwd");
    rlimits = Fields.list(rlimits);
  }

  /// Read a process alone, as `exec --process FILE` takes it.
  public static Process parse(String json) {
    return Documents.parse(Process.class, json, "process");
  }

  public Process withEnv(List<String> value) {
    return with(consoleSize, user, value);
  }

  public Process withConsoleSize(ConsoleSize value) {
    return with(value, user, env);
  }

  public Process withUser(User value) {
    return with(consoleSize, value, env);
  }

  private Process with(@Nullable ConsoleSize newSize, User newUser, List<String> newEnv) {
    return new Process(
        terminal,
        newSize,
        newUser,
        args,
        commandLine,
        newEnv,
        cwd,
        capabilities,
        rlimits,
        noNewPrivileges,
        apparmorProfile,
        oomScoreAdj,
        scheduler,
        selinuxLabel,
        ioPriority,
        execCPUAffinity);
  }

  /// Begin a process that runs a program as root in `/`.
  public static ProcessDraft draft(List<String> args) {
    return new ProcessDraft(args);
  }
}
