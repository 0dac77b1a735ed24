package jontainers.oci;

import io.avaje.jsonb.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A seccomp profile as `docker run --security-opt seccomp=FILE` takes it.
///
/// Docker's own profile is a template: `archMap` in place of `architectures`, and rules that hold
/// only for some capabilities, architectures or kernels. A profile in the form of config-linux.md
/// is one in which every rule holds, so both are read here.
///
/// @param architectures such as `SCMP_ARCH_X86_64`; never together with `archMap`
/// @param archMap native architectures and the others that their kernels also serve
@Json
public record DockerSeccompProfile(
    String defaultAction,
    @Nullable Integer defaultErrnoRet,
    List<String> architectures,
    List<DockerSeccompArch> archMap,
    List<String> flags,
    @Nullable String listenerPath,
    @Nullable String listenerMetadata,
    List<DockerSeccompRule> syscalls) {
  public DockerSeccompProfile {
    Fields.required(defaultAction, "defaultAction");
    architectures = Fields.list(architectures);
    archMap = Fields.list(archMap);
    flags = Fields.list(flags);
    syscalls = Fields.list(syscalls);
    if (!architectures.isEmpty() && !archMap.isEmpty()) {
      throw new OciFormatException("architectures and archMap exclude each other");
    }
  }

  /// Read a profile.
  ///
  /// @throws OciFormatException where it is not JSON or not a profile
  public static DockerSeccompProfile parse(byte[] json) {
    return Documents.parse(DockerSeccompProfile.class, json, "seccomp profile");
  }

  /// Read Docker's default profile, as moby ships it in profiles/seccomp/default.json.
  public static DockerSeccompProfile standard() {
    String name = "docker-seccomp-default.json";
    try (var stream = DockerSeccompProfile.class.getResourceAsStream(name)) {
      return parse(Fields.required(stream, name).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Decide which rules hold for a container.
  ///
  /// @param capabilities the names in its bounding set, such as `CAP_SYS_ADMIN`
  /// @param architecture the machine's in Go's words: `amd64`, `arm64`
  /// @param kernel the version that runs
  public Seccomp resolve(Set<String> capabilities, String architecture, KernelVersion kernel) {
    var rules = new ArrayList<SeccompRule>(syscalls.size());
    for (var rule : syscalls) {
      if (rule.holds(capabilities, architecture, kernel)) {
        rules.add(new SeccompRule(rule.names(), rule.action(), rule.errnoRet(), rule.args()));
      }
    }
    return new Seccomp(
        defaultAction,
        defaultErrnoRet,
        architectures(architecture),
        flags,
        listenerPath,
        listenerMetadata,
        rules);
  }

  private List<String> architectures(String architecture) {
    String token =
        switch (architecture) {
          case "amd64" -> "SCMP_ARCH_X86_64";
          case "arm64" -> "SCMP_ARCH_AARCH64";
          default -> throw new IllegalArgumentException("no such architecture: " + architecture);
        };
    for (var entry : archMap) {
      if (entry.architecture().equals(token)) {
        var all = new ArrayList<String>();
        all.add(token);
        all.addAll(entry.subArchitectures());
        return all;
      }
    }
    return architectures;
  }
}
