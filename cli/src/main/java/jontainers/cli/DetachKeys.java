package jontainers.cli;

/// The keys that leave a container and let it run: `--detach-keys`.
///
/// They are checked, and nothing more: a container ends with the command that made it, so whatever
/// is typed is for its program.
final class DetachKeys {
  private static final String CONTROL = "ctrl-";
  private static final String CONTROLLED = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

  private DetachKeys() {}

  /// Check a list of keys with commas between, as `ctrl-p,ctrl-q`.
  static void check(String keys) throws UsageException {
    for (String key : keys.split(",", -1)) {
      boolean controlled =
          key.length() == CONTROL.length() + 1
              && key.startsWith(CONTROL)
              && CONTROLLED.indexOf(key.charAt(CONTROL.length())) >= 0;
      if (key.length() != 1 && !controlled && !key.equals("DEL")) {
        throw new UsageException(
            "invalid detach keys \"" + keys + "\": unknown key \"" + key + "\"",
            "a key is one character, or ctrl- and one of " + CONTROLLED);
      }
    }
  }
}
