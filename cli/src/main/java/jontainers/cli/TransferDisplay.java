package jontainers.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import jontainers.linux.Fd;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;

/// Where a pull or push shows how it goes on. Called by one thread at a time.
interface TransferDisplay {
  /// Say something once.
  void say(TransferMessage message);

  /// Show what is done with one layer, in place of what was shown of it before.
  void show(TransferMessage message);

  /// How it is shown: the words of `--progress`.
  enum Mode {
    AUTO,
    TTY,
    PLAIN,
    JSON,
    QUIET;

    static Mode parse(String text) throws UsageException {
      return switch (text) {
        case "auto" -> AUTO;
        case "tty" -> TTY;
        case "plain" -> PLAIN;
        case "json" -> JSON;
        default ->
            throw new UsageException(
                "invalid progress: \"" + text + "\"", "known are auto, tty, plain and json");
      };
    }
  }

  /// Make one for a descriptor.
  static TransferDisplay of(Fd fd, PrintStream out, Mode mode) {
    return switch (mode) {
      case QUIET -> new Nothing();
      case JSON -> new Json(out, System::nanoTime);
      case PLAIN -> new Plain(out);
      case TTY -> new TerminalDisplay(terminal(fd), () -> size(fd), System::nanoTime);
      case AUTO -> of(fd, out, Terminal.isTerminal(fd) ? Mode.TTY : Mode.PLAIN);
    };
  }

  /// The display's own sequences go through, those of others are no lines of a message.
  private static PrintStream terminal(Fd fd) {
    return new PrintStream(new LentOutput(fd), true, StandardCharsets.UTF_8);
  }

  private static Terminal.Size size(Fd fd) {
    try {
      var size = Terminal.of(fd).size();
      return size.columns() > 0 && size.rows() > 0 ? size : TerminalDisplay.USUAL;
    } catch (SyscallException e) {
      return TerminalDisplay.USUAL;
    }
  }

  /// Nothing.
  record Nothing() implements TransferDisplay {
    @Override
    public void say(TransferMessage message) {}

    @Override
    public void show(TransferMessage message) {}
  }

  /// A line for each thing that has happened, and none for how far something is.
  record Plain(PrintStream out) implements TransferDisplay {
    @Override
    public void say(TransferMessage message) {
      out.println(message.line(Integer.MAX_VALUE));
    }

    @Override
    public void show(TransferMessage message) {
      if (!message.counts()) {
        say(message);
      }
    }
  }

  /// A JSON object in each line, as in Docker's API.
  record Json(PrintStream out, Pace pace) implements TransferDisplay {
    Json(PrintStream out, LongSupplier nanos) {
      this(out, new Pace(nanos));
    }

    @Override
    public void say(TransferMessage message) {
      out.println(message.json(false));
    }

    @Override
    public void show(TransferMessage message) {
      if (pace.isDue(message)) {
        out.println(message.json(true));
      }
    }
  }

  /// Let through what is new, and of what only counts as much as an eye can follow.
  final class Pace {
    private static final long INTERVAL_NANOS = 100_000_000;

    private final LongSupplier nanos;
    private final Map<String, Last> last = new HashMap<>();

    private record Last(String status, long nanos) {}

    Pace(LongSupplier nanos) {
      this.nanos = nanos;
    }

    boolean isDue(TransferMessage message) {
      var before = last.get(message.id());
      long now = nanos.getAsLong();
      boolean due =
          before == null
              || !before.status.equals(message.status())
              || now - before.nanos >= INTERVAL_NANOS;
      if (due) {
        last.put(message.id(), new Last(message.status(), now));
      }
      return due;
    }
  }
}
