package jontainers.cli.oci;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import jontainers.runtime.ProcessRow;

/// `ps`: list the processes of a container by their numbers outside.
///
/// The table is made of /proc and not by ps(1): of its options there are those that choose columns.
final class PsOperation {
  private static final Set<String> EVERY_PROCESS = Set.of("-e", "-f", "-ef", "-A");
  private static final List<String> FULL =
      List.of("uid", "pid", "ppid", "c", "stime", "tty", "time", "cmd");

  /// By the names that `-o` knows, with the headers of ps(1).
  private static final Map<String, Column> COLUMNS =
      Map.ofEntries(
          Map.entry("uid", new Column("UID", (_, row) -> row.user())),
          Map.entry("user", new Column("USER", (_, row) -> row.user())),
          Map.entry("pid", new Column("PID", (pid, _) -> Integer.toString(pid))),
          Map.entry("ppid", new Column("PPID", (_, row) -> Integer.toString(row.parent()))),
          Map.entry("c", new Column("C", (_, row) -> Integer.toString(row.percent()))),
          Map.entry("stime", new Column("STIME", (_, row) -> row.start())),
          Map.entry("tty", new Column("TTY", (_, row) -> row.terminal())),
          Map.entry("time", new Column("TIME", (_, row) -> row.time())),
          Map.entry("cmd", new Column("CMD", (_, row) -> row.command())),
          Map.entry("args", new Column("COMMAND", (_, row) -> row.command())),
          Map.entry("comm", new Column("COMMAND", (_, row) -> row.name())));

  private PsOperation() {}

  static int run(Context context, Flags flags) throws IOException, FlagException {
    var pids = context.container(flags).processes();
    var options = flags.rest().subList(1, flags.rest().size());
    switch (flags.value("format").orElse("table")) {
      case "json" ->
          context.session().out().println(pids.isEmpty() ? "null" : JsonText.numbers(pids));
      case "table" -> context.session().out().print(table(columns(options), pids));
      default -> throw new FlagException("invalid format option");
    }
    return 0;
  }

  private static String table(List<Column> columns, List<Integer> pids) throws IOException {
    var rows = new ArrayList<List<String>>();
    rows.add(columns.stream().map(Column::header).toList());
    for (int pid : pids) {
      ProcessRow.of(pid)
          .ifPresent(row ->
              rows.add(columns.stream().map(column -> column.text().apply(pid, row)).toList()));
    }
    return ListOperation.columns(rows, 0, 1);
  }

  /// What ps(1) would show: of its options those that choose columns.
  ///
  /// @throws FlagException where it is another option, or no column has that name
  private static List<Column> columns(List<String> options) throws FlagException {
    var names = new ArrayList<String>();
    for (int i = 0; i < options.size(); i++) {
      String option = options.get(i);
      if (option.equals("-o") || option.equals("-eo") || option.equals("-efo")) {
        if (++i == options.size()) {
          throw new FlagException("ps: option " + option + " needs a list of columns");
        }
        names.addAll(List.of(options.get(i).split("[, ]+")));
      } else if (!EVERY_PROCESS.contains(option)) {
        throw new FlagException(
            "ps: unsupported option " + option + ": there are -e, -f, -ef and -o with columns");
      }
    }
    var columns = new ArrayList<Column>();
    for (String name : names.isEmpty() ? FULL : names) {
      var column = COLUMNS.get(name);
      if (column == null) {
        throw new FlagException("ps: unknown column " + name);
      }
      columns.add(column);
    }
    // runc finds the container's processes in what ps(1) has written by it.
    if (columns.stream().noneMatch(column -> column.header().equals("PID"))) {
      throw new FlagException("couldn't find PID field in ps output");
    }
    return columns;
  }

  /// A column of ps(1).
  private record Column(String header, BiFunction<Integer, ProcessRow, String> text) {}
}
