package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is done to the named system calls (`linux.seccomp.syscalls` of config-linux.md).
///
/// @param action such as `SCMP_ACT_ALLOW`
/// @param errnoRet for `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE`, absent for EPERM
/// @param args all of which must hold, with the exception that config-linux.md makes for several
///   comparisons of one argument
@Json
public record SeccompRule(
    List<String> names, String action, @Nullable Integer errnoRet, List<SeccompArg> args) {
  public SeccompRule {
    names = Fields.list(names);
    Fields.required(action, "linux.seccomp.syscalls.action");
    args = Fields.list(args);
  }
}
