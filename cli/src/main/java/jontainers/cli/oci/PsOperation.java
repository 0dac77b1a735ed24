package jontainers.cli.oci;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jontainers.runtime.ContainerStatus;
import jontainers.runtime.ProcessRow;

/// `ps`: list the processes of a container by their numbers outside.
///
/// The table is made of /proc and not by ps(1), so further words, which are options of that, change
/// nothing.
final class PsOperation {
  private PsOperation() {}

  static int run(Context context, Flags flags) throws IOException, FlagException {
    var container = context.container(flags);
    if (container.status() == ContainerStatus.STOPPED) {
      throw new FlagException("container not running");
    }
    var pids = container.processes();
    switch (flags.value("format").orElse("table")) {
      case "json" -> context.session().out().println(JsonText.numbers(pids));
      case "table" -> context.session().out().print(table(pids));
      default -> throw new FlagException("invalid format option");
    }
    return 0;
  }

  private static String table(List<Integer> pids) throws IOException {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"));
    for (int pid : pids) {
      ProcessRow.of(pid)
          .ifPresent(row ->
              rows.add(
                  List.of(
                      row.user(),
                      Integer.toString(pid),
                      Integer.toString(row.parent()),
                      Integer.toString(row.percent()),
                      row.start(),
                      row.terminal(),
                      row.time(),
                      row.command())));
    }
    return ListOperation.columns(rows, 0, 1);
  }
}
