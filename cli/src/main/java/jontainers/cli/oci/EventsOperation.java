package jontainers.cli.oci;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import jontainers.linux.Pidfd;
import jontainers.linux.Poll;
import jontainers.runtime.ContainerStatus;
import jontainers.runtime.OciContainer;

/// `events`: print what a container uses, once or until it ends, and when memory was short.
final class EventsOperation {
  private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h)");

  private EventsOperation() {}

  static int run(Context context, Flags flags) throws IOException, FlagException {
    var container = context.container(flags);
    var interval = duration(flags.value("interval").orElse("5s"));
    if (container.status() == ContainerStatus.STOPPED) {
      throw new FlagException("container with id " + container.record().id() + " is not running");
    }
    if (flags.has("stats")) {
      print(context, container);
      return 0;
    }
    var process = container.process();
    if (process.isPresent()) {
      try (var pidfd = process.get()) {
        follow(context, container, pidfd, interval);
      }
    }
    return 0;
  }

  private static void follow(
      Context context, OciContainer container, Pidfd process, Duration interval)
      throws IOException {
    try (var memory = container.watchMemory().orElse(null)) {
      var awaited = new ArrayList<>(List.of(process.fd()));
      if (memory != null) {
        awaited.add(memory.changes());
      }
      long next = System.nanoTime() + interval.toNanos();
      while (true) {
        long left = Math.max(0, next - System.nanoTime());
        var ready = Poll.readable(awaited, Duration.ofNanos(left));
        for (long kills = memory == null ? 0 : memory.take(); kills > 0; kills--) {
          outOfMemory(context, container);
        }
        if (ready.get(0)) {
          return;
        }
        if (ready.isEmpty()) {
          print(context, container);
          next = System.nanoTime() + interval.toNanos();
        }
      }
    }
  }

  private static void outOfMemory(Context context, OciContainer container) {
    context
        .session()
        .out()
        .println("{\"type\":\"oom\",\"id\":" + JsonText.quoted(container.record().id()) + "}");
  }

  private static void print(Context context, OciContainer container) throws IOException {
    context
        .session()
        .out()
        .println(
            "{\"type\":\"stats\",\"id\":"
                + JsonText.quoted(container.record().id())
                + ",\"data\":"
                + container.stats().toJson()
                + "}");
  }

  /// Read a duration as Go writes it.
  private static Duration duration(String text) throws FlagException {
    var match = DURATION.matcher(text);
    if (!match.matches()) {
      throw new FlagException("invalid value \"" + text + "\" for flag -interval");
    }
    double number = Double.parseDouble(match.group(1));
    long millis =
        (long)
            (number
                * switch (match.group(2)) {
                  case "ms" -> 1;
                  case "s" -> 1000;
                  case "m" -> 60_000;
                  default -> 3_600_000;
                });
    if (millis <= 0) {
      throw new FlagException("duration interval must be greater than 0");
    }
    return Duration.ofMillis(millis);
  }
}
