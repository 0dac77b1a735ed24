package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A filter of system calls (`linux.seccomp` of config-linux.md, seccomp(2)).
///
/// @param defaultAction for calls that no rule matches, such as `SCMP_ACT_ERRNO`
/// @param defaultErrnoRet absent for EPERM
/// @param architectures such as `SCMP_ARCH_X86_64`; empty for the machine's own
/// @param flags such as `SECCOMP_FILTER_FLAG_LOG`
/// @param listenerPath the unix socket of an agent that gets the notification descriptor
@Json
public record Seccomp(
    String defaultAction,
    @Nullable Integer defaultErrnoRet,
    List<String> architectures,
    List<String> flags,
    @Nullable String listenerPath,
    @Nullable String listenerMetadata,
    List<SeccompRule> syscalls) {
  public Seccomp {
    Fields.required(defaultAction, "linux.seccomp.defaultAction");
    architectures = Fields.list(architectures);
    flags = Fields.list(flags);
    syscalls = Fields.list(syscalls);
  }
}
