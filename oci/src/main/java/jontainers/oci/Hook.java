package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A program run at a point of the lifecycle (`hooks` of config.md).
///
/// @param path absolute
/// @param args the argument vector, `args[0]` included; absent, the path alone
/// @param env absent for the environment of whoever calls the runtime, in the container for its own
/// @param timeout seconds, absent for no limit
@Json
public record Hook(
    String path, List<String> args, @Nullable List<String> env, @Nullable Integer timeout) {
  public Hook {
    Fields.required(path, "hooks.path");
    args = Fields.list(args);
    env = env == null ? null : List.copyOf(env);
  }
}
