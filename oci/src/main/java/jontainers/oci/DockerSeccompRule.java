package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A rule of a Docker seccomp profile, and when it holds.
///
/// @param name the one call, in profiles older than `names`
/// @param includes all of which must be so for the rule to hold
/// @param excludes any of which drops the rule
@Json
public record DockerSeccompRule(
    @Nullable String name,
    List<String> names,
    String action,
    @Nullable Integer errnoRet,
    List<SeccompArg> args,
    @Nullable String comment,
    DockerSeccompCondition includes,
    DockerSeccompCondition excludes) {
  public DockerSeccompRule {
    names = Fields.list(names);
    if (name != null) {
      if (!names.isEmpty()) {
        throw new OciFormatException("syscalls.name and syscalls.names exclude each other");
      }
      names = List.of(name);
      name = null;
    }
    Fields.required(action, "syscalls.action");
    args = Fields.list(args);
    includes = Fields.or(includes, DockerSeccompCondition.NONE);
    excludes = Fields.or(excludes, DockerSeccompCondition.NONE);
  }

  boolean holds(Set<String> capabilities, String architecture, KernelVersion kernel) {
    return includes.allOf(capabilities, architecture, kernel)
        && !excludes.anyOf(capabilities, architecture, kernel);
  }
}
