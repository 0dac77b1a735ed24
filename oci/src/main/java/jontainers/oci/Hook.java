package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A program run at a point of the lifecycle (`hooks` of config.md).
///
/// @param path absolute
/// @param args the argument vector, `args[0]` included; absent, the path alone
/// @param timeout seconds, absent for no limit
@Json
public record Hook(String path, List<String> args, List<String> env, @Nullable Integer timeout) {
  public Hook {
    Fields.required(path, "hooks.path");
    args = Fields.list(args);
    env = Fields.list(env);
  }
}
