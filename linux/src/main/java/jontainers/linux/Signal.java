package jontainers.linux;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The signals by name and number (signal(7)); x86-64 and aarch64 share them.
///
/// Source: include/uapi/asm-generic/signal.h. Real-time signals have numbers only, and names
/// counted from glibc's SIGRTMIN, as kill(1) has them.
public enum Signal {
  SIGHUP(1),
  SIGINT(2),
  SIGQUIT(3),
  SIGILL(4),
  SIGTRAP(5),
  SIGABRT(6),
  SIGBUS(7),
  SIGFPE(8),
  SIGKILL(9),
  SIGUSR1(10),
  SIGSEGV(11),
  SIGUSR2(12),
  SIGPIPE(13),
  SIGALRM(14),
  SIGTERM(15),
  SIGSTKFLT(16),
  SIGCHLD(17),
  SIGCONT(18),
  SIGSTOP(19),
  SIGTSTP(20),
  SIGTTIN(21),
  SIGTTOU(22),
  SIGURG(23),
  SIGXCPU(24),
  SIGXFSZ(25),
  SIGVTALRM(26),
  SIGPROF(27),
  SIGWINCH(28),
  SIGIO(29),
  SIGPWR(30),
  SIGSYS(31);

  /// glibc keeps 32 and 33 for its threads.
  private static final int SIGRTMIN = 34;

  private static final int SIGRTMAX = 64;
  private static final String PREFIX = "SIG";

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /// Return the number that a name or number such as `KILL`, `sigkill`, `9` or `RTMIN+3` means.
  ///
  /// @throws IllegalArgumentException where it means none, naming one that is like it
  public static int parse(String text) {
    String upper = text.strip().toUpperCase(Locale.ROOT);
    if (!upper.isEmpty() && upper.chars().allMatch(c -> c >= '0' && c <= '9')) {
      int number = upper.length() > 2 ? 0 : Integer.parseInt(upper);
      if (number < 1 || number > SIGRTMAX) {
        throw new IllegalArgumentException(
            "no such signal: " + text + ", numbers go from 1 to " + SIGRTMAX);
      }
      return number;
    }
    String name = upper.startsWith(PREFIX) ? upper : PREFIX + upper;
    for (var signal : values()) {
      if (signal.name().equals(name)) {
        return signal.number;
      }
    }
    return other(text, name);
  }

  /// Find the name of a number; real-time signals have none.
  public static Optional<Signal> of(int number) {
    return Arrays.stream(values()).filter(signal -> signal.number == number).findFirst();
  }

  /// Return how a number is called: `SIGTERM`, `SIGRTMIN+3`, or its digits.
  public static String name(int number) {
    return of(number)
        .map(Signal::name)
        .orElseGet(() ->
            number >= SIGRTMIN && number <= SIGRTMAX
                ? "SIGRTMIN" + (number == SIGRTMIN ? "" : "+" + (number - SIGRTMIN))
                : Integer.toString(number));
  }

  private static int other(String text, String name) {
    return switch (name) {
      case "SIGIOT" -> SIGABRT.number;
      case "SIGPOLL" -> SIGIO.number;
      case "SIGCLD" -> SIGCHLD.number;
      default -> realTime(text, name);
    };
  }

  private static int realTime(String text, String name) {
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
      int below = SIGRTMAX - number;
      if (name.equals(name(number)) || name.equals(below == 0 ? "SIGRTMAX" : "SIGRTMAX-" + below)) {
        return number;
      }
    }
    throw new IllegalArgumentException("no such signal: " + text + Nearest.of(name, names()));
  }

  private static List<String> names() {
    var names = new ArrayList<String>();
    for (var signal : values()) {
      names.add(signal.name());
    }
    return names;
  }
}
