package jontainers.cli;

import java.io.ByteArrayOutputStream;

/// The keys that leave a container and let it run: `--detach-keys`.
///
/// A matcher of what is typed, as Docker's: keys that may be the beginning of the sequence are held
/// back until it is known whether they are. For one thread at a time.
final class DetachKeys {
  /// Docker's own: ctrl-p, ctrl-q.
  static final String DEFAULT = "ctrl-p,ctrl-q";

  private static final String CONTROL = "ctrl-";
  private static final String CONTROLLED = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
  private static final int DELETE = 127;

  private final byte[] sequence;
  private int matched;

  private DetachKeys(byte[] sequence) {
    this.sequence = sequence;
  }

  /// Read a list of keys with commas between, as `ctrl-p,ctrl-q`; empty for the default.
  static DetachKeys parse(String keys) throws UsageException {
    String[] names = (keys.isEmpty() ? DEFAULT : keys).split(",", -1);
    byte[] sequence = new byte[names.length];
    for (int i = 0; i < names.length; i++) {
      sequence[i] = (byte) code(names[i], keys);
    }
    return new DetachKeys(sequence);
  }

  private static int code(String key, String keys) throws UsageException {
    if (key.equals("DEL")) {
      return DELETE;
    }
    if (key.length() == 1 && key.charAt(0) < 0x80) {
      return key.charAt(0);
    }
    int control =
        key.length() == CONTROL.length() + 1 && key.startsWith(CONTROL)
            ? CONTROLLED.indexOf(key.charAt(CONTROL.length()))
            : -1;
    if (control < 0) {
      throw new UsageException(
          "invalid detach keys \"" + keys + "\": unknown key \"" + key + "\"",
          "a key is one character, or ctrl- and one of " + CONTROLLED);
    }
    return control;
  }

  /// Take what was typed; return what of it, and of what was held back, goes to the program.
  byte[] take(byte[] typed, int length) {
    var passed = new ByteArrayOutputStream(length + matched);
    for (int i = 0; i < length && !isComplete(); i++) {
      if (typed[i] != sequence[matched]) {
        passed.write(sequence, 0, matched);
        matched = 0;
      }
      if (typed[i] == sequence[matched]) {
        matched++;
      } else {
        passed.write(typed[i]);
      }
    }
    return passed.toByteArray();
  }

  /// Tell whether the whole sequence was typed.
  boolean isComplete() {
    return matched == sequence.length;
  }
}
