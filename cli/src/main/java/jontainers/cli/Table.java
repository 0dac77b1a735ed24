package jontainers.cli;

import java.util.List;

/// Lay rows out in columns, as Docker's tabwriter does: three blanks between them.
final class Table {
  private static final int GAP = 3;

  private Table() {}

  /// Return a line for each row, all of which have the same number of cells.
  ///
  /// Each cell is shown by [VisibleText#line].
  static String of(List<List<String>> cells) {
    var rows = cells.stream().map(row -> row.stream().map(VisibleText::line).toList()).toList();
    int count = rows.isEmpty() ? 0 : rows.getFirst().size();
    int[] widths = new int[count];
    for (var row : rows) {
      for (int i = 0; i < count; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length() + GAP);
      }
    }
    var text = new StringBuilder();
    for (var row : rows) {
      for (int i = 0; i < count - 1; i++) {
        text.append(row.get(i)).repeat(" ", widths[i] - row.get(i).length());
      }
      text.append(row.getLast()).append('\n');
    }
    return text.toString();
  }
}
