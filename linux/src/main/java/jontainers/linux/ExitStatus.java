package jontainers.linux;

/// How a process ended: waitid(2).
public sealed interface ExitStatus {

  /// The process called exit with this code, 0 to 255.
  record Exited(int code) implements ExitStatus {}

  /// A signal ended the process.
  record Killed(int signal) implements ExitStatus {}

  /// Read a status as wait(2) stores it.
  static ExitStatus ofWait(int status) {
    int signal = status & 0x7f;
    return signal == 0 ? new Exited((status >> 8) & 0xff) : new Killed(signal);
  }

  /// Return the number a shell shows: the code itself, or 128 plus the signal.
  default int shellCode() {
    return switch (this) {
      case Exited exited -> exited.code;
      case Killed killed -> 128 + killed.signal;
    };
  }
}
