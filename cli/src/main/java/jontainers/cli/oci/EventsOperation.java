package jontainers.cli.oci;

import java.io.IOException;
import java.time.Duration;
import java.util.regex.Pattern;
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
    long kills = container.stats().memory().oomKills();
    var process = container.process();
    if (process.isEmpty()) {
      return 0;
    }
    try (var pidfd = process.get()) {
      boolean ended = false;
      while (!ended) {
        ended = pidfd.awaitEnd(interval);
        long now = container.stats().memory().oomKills();
        for (; kills < now; kills++) {
          context
              .session()
              .out()
              .println(
                  "{\"type\":\"oom\",\"id\":" + JsonText.quoted(container.record().id()) + "}");
        }
        if (!ended) {
          print(context, container);
        }
      }
    }
    return 0;
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
