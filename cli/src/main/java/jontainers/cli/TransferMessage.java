package jontainers.cli;

import java.util.Locale;

/// What is told of a pull or push: a message of Docker's API, and the line it is on a terminal.
///
/// @param id the layer's, or another name of what it is about; or empty
/// @param current how many bytes of it are there
/// @param total of how many; 0 where nothing is counted
record TransferMessage(String id, String status, long current, long total) {
  private static final int DIGITS = 4; // HumanSize of go-units
  private static final int LONGEST_BAR = 50;
  private static final int SHORTEST_BAR = 10;

  static TransferMessage of(String id, String status) {
    return new TransferMessage(id, status, 0, 0);
  }

  /// Tell whether it is no more than how far something is.
  boolean counts() {
    return total > 0;
  }

  /// Return it as one line of text.
  ///
  /// @param columns the line has at most; the bar is as long as they allow
  String line(int columns) {
    String text = VisibleText.line(id.isEmpty() ? status : id + ": " + status);
    if (!counts()) {
      return cut(text, columns);
    }
    String sizes = sizes();
    int room = columns - text.length() - sizes.length() - 6; // blanks, brackets and the tip
    return cut(
        text + " " + (room < SHORTEST_BAR ? "" : bar(Math.min(LONGEST_BAR, room)) + " ") + sizes,
        columns);
  }

  private static String cut(String text, int columns) {
    return text.length() <= columns ? text : text.substring(0, Math.max(0, columns));
  }

  private String bar(int length) {
    int done = (int) Math.min(length, length * (double) current / total);
    return "[" + "=".repeat(done) + ">" + " ".repeat(length - done) + "]";
  }

  private String sizes() {
    return String.format(
        Locale.ROOT, "%8s/%s", Units.size(current, DIGITS), Units.size(total, DIGITS));
  }

  /// Return it as Docker's API has it.
  ///
  /// @param layer whether it is about one of the things that are transferred
  String json(boolean layer) {
    var json = new Json.Fields().with("status", status);
    if (counts()) {
      json.put("progressDetail", new Json.Fields().with("current", current).with("total", total));
      json.put("progress", bar(LONGEST_BAR) + " " + sizes());
    } else if (layer) {
      json.put("progressDetail", new Json.Fields());
    }
    if (!id.isEmpty()) {
      json.put("id", id);
    }
    return Json.line(json);
  }
}
