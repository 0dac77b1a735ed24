package jontainers.cli.oci;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import jontainers.runtime.ContainerStatus;
import jontainers.runtime.OciContainer;

/// `state`: print what runtime.md, "State", asks for, and what runc prints beside it.
final class StateOperation {
  private StateOperation() {}

  static int run(Context context, Flags flags) throws IOException {
    var container = context.container(flags);
    var fields = fields(container);
    fields.put("owner", JsonText.quoted(ListOperation.owner(container)));
    var text = new StringBuilder("{\n");
    fields.forEach((name, value) ->
        text.append("  ").append(JsonText.quoted(name)).append(": ").append(value).append(",\n"));
    text.append("  \"annotations\": {");
    String comma = "\n";
    for (var annotation : container.record().annotations().entrySet()) {
      text.append(comma)
          .append("    ")
          .append(JsonText.quoted(annotation.getKey()))
          .append(": ")
          .append(JsonText.quoted(annotation.getValue()));
      comma = ",\n";
    }
    text.append(container.record().annotations().isEmpty() ? "}\n}" : "\n  }\n}");
    context.session().out().println(text);
    return 0;
  }

  /// Return what `state` and `list` have in common, as JSON, in the order of runc.
  static Map<String, String> fields(OciContainer container) throws IOException {
    var record = container.record();
    var status = container.status();
    var fields = new LinkedHashMap<String, String>();
    fields.put("ociVersion", JsonText.quoted(record.ociVersion()));
    fields.put("id", JsonText.quoted(record.id()));
    fields.put("pid", Integer.toString(status == ContainerStatus.STOPPED ? 0 : record.pid()));
    fields.put("status", JsonText.quoted(status.ociName()));
    fields.put("bundle", JsonText.quoted(record.bundle()));
    fields.put("rootfs", JsonText.quoted(record.rootfs()));
    fields.put("created", JsonText.quoted(record.created()));
    return fields;
  }
}
