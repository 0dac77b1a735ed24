package jontainers.cli.oci;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import jontainers.oci.BlockIo;
import jontainers.oci.Cpu;
import jontainers.oci.Memory;
import jontainers.oci.Pids;
import jontainers.oci.Resources;
import org.jspecify.annotations.Nullable;

/// `update`: change the limits of a container, by options or by a JSON text.
final class UpdateOperation {
  static final List<Flags.Declared> FLAGS =
      List.of(
          Flags.Declared.value("resources", "r"),
          Flags.Declared.value("blkio-weight"),
          Flags.Declared.value("cpu-period"),
          Flags.Declared.value("cpu-quota"),
          Flags.Declared.value("cpu-burst"),
          Flags.Declared.value("cpu-share"),
          Flags.Declared.value("cpu-rt-period"),
          Flags.Declared.value("cpu-rt-runtime"),
          Flags.Declared.value("cpuset-cpus"),
          Flags.Declared.value("cpuset-mems"),
          Flags.Declared.value("cpu-idle"),
          Flags.Declared.value("kernel-memory"),
          Flags.Declared.value("kernel-memory-tcp"),
          Flags.Declared.value("memory"),
          Flags.Declared.value("memory-reservation"),
          Flags.Declared.value("memory-swap"),
          Flags.Declared.value("pids-limit"),
          Flags.Declared.value("l3-cache-schema"),
          Flags.Declared.value("mem-bw-schema"));

  private static final Pattern SIZE = Pattern.compile("(-?\\d+(?:\\.\\d+)?)\\s*([kmgtp]?)i?b?");

  private UpdateOperation() {}

  static int run(Context context, Flags flags) throws IOException, FlagException {
    var container = context.container(flags);
    for (String flag : List.of("l3-cache-schema", "mem-bw-schema")) {
      if (flags.value(flag).isPresent()) {
        throw new FlagException(flag + ": intelRdt is not supported");
      }
    }
    var file = flags.value("resources");
    Resources resources;
    if (file.isPresent()) {
      String json =
          file.get().equals("-")
              ? new String(
                  context.session().stdin().inputStream().readAllBytes(), StandardCharsets.UTF_8)
              : Files.readString(context.session().path(file.get()));
      resources = Resources.parse(json);
    } else {
      resources = resources(flags);
    }
    container.update(resources, context.host());
    return 0;
  }

  private static Resources resources(Flags flags) throws FlagException {
    return Resources.of(
        List.of(),
        Memory.of(
            size(flags, "memory"), size(flags, "memory-reservation"), size(flags, "memory-swap")),
        new Cpu(
            number(flags, "cpu-share"),
            number(flags, "cpu-quota"),
            number(flags, "cpu-burst"),
            number(flags, "cpu-period"),
            number(flags, "cpu-rt-runtime"),
            number(flags, "cpu-rt-period"),
            flags.value("cpuset-cpus").orElse(null),
            flags.value("cpuset-mems").orElse(null),
            number(flags, "cpu-idle")),
        new Pids(number(flags, "pids-limit")),
        io(flags.number("blkio-weight")));
  }

  private static @Nullable BlockIo io(Optional<Long> weight) {
    return weight.isEmpty()
        ? null
        : new BlockIo(
            weight.get().intValue(), null, List.of(), List.of(), List.of(), List.of(), List.of());
  }

  private static @Nullable Long number(Flags flags, String name) throws FlagException {
    return flags.number(name).orElse(null);
  }

  /// `50M`, `1g`, plain bytes, or -1 for no limit; units are powers of 1024.
  private static @Nullable Long size(Flags flags, String name) throws FlagException {
    var text = flags.value(name);
    if (text.isEmpty()) {
      return null;
    }
    var match = SIZE.matcher(text.get().toLowerCase(Locale.ROOT));
    if (!match.matches()) {
      throw new FlagException("invalid value for " + name + ": invalid size: '" + text.get() + "'");
    }
    int power = match.group(2).isEmpty() ? 0 : " kmgtp".indexOf(match.group(2).charAt(0));
    return (long) (Double.parseDouble(match.group(1)) * Math.pow(1024, power));
  }
}
