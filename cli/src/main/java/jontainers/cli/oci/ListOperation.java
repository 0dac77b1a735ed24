package jontainers.cli.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import jontainers.cli.VisibleText;
import jontainers.linux.RawText;
import jontainers.runtime.ContainerStatus;
import jontainers.runtime.OciContainer;

/// `list`: the containers of a state directory.
final class ListOperation {
  private static final int GAP = 3;
  private static final int NARROWEST = 12;

  private ListOperation() {}

  static int run(Context context, Flags flags) throws IOException, FlagException {
    var root = context.global().root();
    if (context.global().rootGiven() && !Files.exists(root)) { // mistyped, probably
      throw new FlagException("open " + RawText.of(root) + ": no such file or directory");
    }
    var containers = context.containers().list(context.log()::warning);
    if (flags.has("quiet")) {
      containers.forEach(c -> context.session().out().println(c.record().id()));
      return 0;
    }
    switch (flags.value("format").orElse("table")) {
      case "table" -> context.session().out().print(table(containers));
      case "json" -> context.session().out().println(json(containers));
      default -> throw new FlagException("invalid format option");
    }
    return 0;
  }

  private static String table(List<OciContainer> containers) throws IOException {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"));
    for (var container : containers) {
      var record = container.record();
      var status = container.status();
      rows.add(
          List.of(
              record.id(),
              Integer.toString(status == ContainerStatus.STOPPED ? 0 : record.pid()),
              status.ociName(),
              record.bundle(),
              record.created(),
              owner(container)));
    }
    return columns(rows, NARROWEST, GAP);
  }

  /// Lay out as Go's tabwriter does.
  static String columns(List<List<String>> cells, int narrowest, int gap) {
    var rows = cells.stream().map(row -> row.stream().map(VisibleText::line).toList()).toList();
    int count = rows.getFirst().size();
    int[] widths = new int[count];
    for (var row : rows) {
      for (int i = 0; i < count; i++) {
        widths[i] = Math.max(widths[i], Math.max(narrowest, row.get(i).length() + gap));
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

  private static String json(List<OciContainer> containers) throws IOException {
    if (containers.isEmpty()) {
      return "null";
    }
    var objects = new ArrayList<String>();
    for (var container : containers) {
      var fields = StateOperation.fields(container);
      fields.put("owner", JsonText.quoted(owner(container)));
      objects.add(
          fields.entrySet().stream()
              .map(field -> JsonText.quoted(field.getKey()) + ":" + field.getValue())
              .collect(Collectors.joining(",", "{", "}")));
    }
    return "[" + String.join(",", objects) + "]";
  }

  /// Name a user as the host's /etc/passwd does.
  static String owner(OciContainer container) {
    String number = Integer.toString(container.record().owner());
    try {
      for (String line : RawText.read(Path.of("/etc/passwd")).split("\n")) {
        String[] fields = line.split(":");
        if (fields.length > 2 && fields[2].equals(number)) {
          return fields[0];
        }
      }
    } catch (IOException e) {
      // then it has a number only
    }
    return number;
  }
}
