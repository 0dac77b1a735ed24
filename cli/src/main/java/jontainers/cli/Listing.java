package jontainers.cli;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Print rows as Docker's lists do: as a table, by a template, as JSON, or their ids.
final class Listing {
  private static final String FORMAT = "--format";
  private static final String QUIET = "--quiet";
  private static final String TABLE = "table";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss Z z", Locale.ROOT);

  /// Headings that are not their field's name in capitals.
  private static final Map<String, String> HEADINGS =
      Map.of(
          "ID", "IMAGE ID",
          "CreatedSince", "CREATED",
          "CreatedAt", "CREATED AT",
          "CreatedBy", "CREATED BY");

  private Listing() {}

  static void describe(CommandSpec spec) {
    spec.addOption(Options.flag("Show ids only", "-q", QUIET));
    spec.addOption(Options.value("FORMAT", "table, json, or a template such as '{{.ID}}'", FORMAT));
  }

  /// Print.
  ///
  /// @param columns the fields of the table
  /// @param id the field that is shown alone
  static void print(
      Session session,
      ParseResult arguments,
      List<String> columns,
      String id,
      List<Json.Fields> rows)
      throws UsageException {
    String format = Options.text(arguments, FORMAT).orElse(TABLE);
    if (Options.isSet(arguments, QUIET)) {
      rows.stream()
          .map(row -> String.valueOf(row.get(id)))
          .distinct()
          .forEach(session.out()::println);
    } else if (format.equals(TABLE)) {
      var cells = new ArrayList<List<String>>();
      cells.add(columns.stream().map(Listing::heading).toList());
      for (var row : rows) {
        cells.add(columns.stream().map(column -> String.valueOf(row.get(column))).toList());
      }
      session.out().print(Table.of(cells));
    } else if (format.equals("json")) {
      rows.forEach(row -> session.out().println(Json.line(row)));
    } else if (format.startsWith(TABLE + " ")) {
      table(session, format.substring(TABLE.length() + 1), rows);
    } else {
      var template = Template.parse(format);
      for (var row : rows) {
        session.out().println(template.render(row));
      }
    }
  }

  /// A table of a template's own columns, which tabulators separate.
  private static void table(Session session, String format, List<Json.Fields> rows)
      throws UsageException {
    var template = Template.parse(format);
    var lines = new ArrayList<String>();
    var headings = new Json.Fields();
    if (!rows.isEmpty()) {
      rows.getFirst().keySet().forEach(field -> headings.put(field, heading(field)));
      lines.add(template.render(headings));
    }
    for (var row : rows) {
      // before it is split: a tabulator of an image's text makes no column
      row.replaceAll(
          (field, value) -> value instanceof String text ? VisibleText.line(text) : value);
      lines.add(template.render(row));
    }
    int columns = lines.stream().mapToInt(line -> line.split("\t", -1).length).max().orElse(0);
    var cells = new ArrayList<List<String>>();
    for (String line : lines) {
      var row = new ArrayList<>(List.of(line.split("\t", -1)));
      while (row.size() < columns) {
        row.add("");
      }
      cells.add(row);
    }
    session.out().print(Table.of(cells));
  }

  private static String heading(String field) {
    return HEADINGS.getOrDefault(field, field.toUpperCase(Locale.ROOT));
  }

  /// Return a time as Docker shows it.
  static String time(Instant time) {
    return TIME.format(time.atZone(ZoneId.systemDefault()));
  }
}
