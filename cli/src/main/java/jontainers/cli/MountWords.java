package jontainers.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import jontainers.engine.FileMount;

/// What `--mount`, `--volume` and `--tmpfs` say about files, as Docker reads it.
final class MountWords {
  private static final Set<String> CONSISTENCIES =
      Set.of("consistent", "cached", "delegated", "default");

  private MountWords() {}

  /// Read `SOURCE:TARGET[:OPTION,…]`.
  static FileMount volume(Session session, String text) throws UsageException {
    String[] parts = text.split(":", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw new UsageException(
          "invalid volume: \"" + text + "\"",
          parts.length == 1
              ? "this version has no volumes of its own; name a directory: DIR:" + text
              : "expected as DIR:TARGET[:ro]");
    }
    String source = parts[0];
    if (source.isEmpty() || parts[1].isEmpty()) {
      throw new UsageException("invalid volume: \"" + text + "\"", "source or target is empty");
    }
    if (!source.startsWith("/")
        && !source.startsWith("./")
        && !source.equals(".")
        && !source.startsWith("../")) {
      throw new UsageException(
          "no such volume: " + source,
          "this version has no named volumes; write ./" + source + " for a directory");
    }
    var access = FileMount.Access.READ_WRITE;
    var propagation = FileMount.Propagation.RPRIVATE;
    for (String option : parts.length == 3 ? parts[2].split(",") : new String[0]) {
      switch (option) {
        case "ro" -> access = FileMount.Access.READ_ONLY;
        case "rw", "nocopy" -> {
          // as it is
        }
        case "z", "Z" ->
            throw new UsageException(
                "the option " + option + " of volume \"" + text + "\" needs SELinux",
                "leave it away");
        default -> {
          if (!CONSISTENCIES.contains(option)) {
            propagation = propagation(option, text);
          }
        }
      }
    }
    return new FileMount.Bind(
        session.path(source).normalize(),
        parts[1],
        access,
        true,
        propagation,
        FileMount.Missing.MAKE_DIRECTORY);
  }

  /// Read `TARGET[:OPTION,…]`.
  static FileMount tmpfs(String text) throws UsageException {
    int colon = text.indexOf(':');
    String target = colon < 0 ? text : text.substring(0, colon);
    if (!target.startsWith("/")) {
      throw new UsageException("invalid tmpfs: \"" + text + "\"", "expected as /TARGET[:size=64m]");
    }
    return new FileMount.Tmpfs(
        target, colon < 0 ? List.of() : Arrays.asList(text.substring(colon + 1).split(",")));
  }

  /// Read `type=bind,source=DIR,target=DIR,readonly` and its kin: fields of CSV.
  static FileMount mount(Session session, String text) throws UsageException {
    var words = new Fields(text);
    for (String field : csv(text)) {
      words.take(field);
    }
    return words.build(session);
  }

  /// The fields of one `--mount`. Confined to one thread.
  private static final class Fields {
    private final String text;
    private String type = "volume";
    private String source = "";
    private String target = "";
    private boolean readOnly;
    private boolean recursive = true;
    private boolean readOnlyBelow = true;
    private FileMount.Propagation propagation = FileMount.Propagation.RPRIVATE;
    private boolean ofBind;
    private final List<String> tmpfs = new ArrayList<>();

    Fields(String text) {
      this.text = text;
    }

    void take(String field) throws UsageException {
      int equals = field.indexOf('=');
      String key = (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT);
      String value = equals < 0 ? "" : field.substring(equals + 1);
      switch (key) {
        case "type" -> type = value.toLowerCase(Locale.ROOT);
        case "source", "src" -> source = value;
        case "target", "dst", "destination" -> target = value;
        case "readonly", "ro" -> readOnly = truth(key, value, equals < 0);
        case "consistency" -> {
          if (!CONSISTENCIES.contains(value)) {
            throw wrong("invalid consistency: " + value);
          }
        }
        case "bind-propagation" -> {
          ofBind = true;
          propagation = propagation(value, text);
        }
        case "bind-nonrecursive" -> {
          ofBind = true;
          recursive = !truth(key, value, equals < 0);
        }
        case "bind-recursive" -> bindRecursive(value);
        case "tmpfs-size" -> tmpfs.add("size=" + Sizes.bytes("tmpfs-size", value));
        case "tmpfs-mode" -> {
          if (!value.matches("[0-7]{1,5}")) {
            throw wrong("invalid tmpfs-mode: " + value);
          }
          tmpfs.add("mode=" + value);
        }
        default -> throw wrong("unknown key: " + key);
      }
    }

    private void bindRecursive(String value) throws UsageException {
      ofBind = true;
      switch (value) {
        case "enabled", "readonly" -> {
          // as it is
        }
        case "disabled" -> recursive = false;
        case "writable" -> readOnlyBelow = false;
        default -> throw wrong("invalid bind-recursive: " + value);
      }
    }

    FileMount build(Session session) throws UsageException {
      if (target.isEmpty()) {
        throw wrong("a target is missing");
      }
      return switch (type) {
        case "bind" -> {
          if (source.isEmpty()) {
            throw wrong("a source is missing");
          }
          if (!tmpfs.isEmpty()) {
            throw wrong("tmpfs options are for type=tmpfs");
          }
          var access =
              readOnly
                  ? readOnlyBelow && recursive
                      ? FileMount.Access.READ_ONLY
                      : FileMount.Access.READ_ONLY_NON_RECURSIVE
                  : FileMount.Access.READ_WRITE;
          yield new FileMount.Bind(
              session.path(source).normalize(),
              target,
              access,
              recursive,
              propagation,
              FileMount.Missing.REFUSE);
        }
        case "tmpfs" -> {
          if (!source.isEmpty() || ofBind) {
            throw wrong("a tmpfs has neither a source nor options of a bind");
          }
          if (readOnly) {
            tmpfs.add("ro");
          }
          yield new FileMount.Tmpfs(target, tmpfs);
        }
        case "volume" ->
            throw new UsageException(
                "no volumes in this version: \"" + text + "\"", "use type=bind or type=tmpfs");
        default -> throw wrong("unknown type: " + type);
      };
    }

    private boolean truth(String key, String value, boolean bare) throws UsageException {
      return switch (value) {
        case "" -> {
          if (!bare) {
            throw wrong("no value for " + key);
          }
          yield true;
        }
        case "true", "1" -> true;
        case "false", "0" -> false;
        default -> throw wrong("invalid value for " + key + ": " + value);
      };
    }

    private UsageException wrong(String what) {
      return new UsageException(
          "invalid mount \"" + text + "\": " + what,
          "expected as type=bind,source=DIR,target=DIR[,readonly]");
    }
  }

  private static FileMount.Propagation propagation(String word, String text) throws UsageException {
    for (var propagation : FileMount.Propagation.values()) {
      if (propagation.word().equals(word)) {
        return propagation;
      }
    }
    throw new UsageException(
        "unknown option \"" + word + "\" in \"" + text + "\"",
        "known are ro, rw and private, slave, shared with an r before them or not");
  }

  /// Split at commas; a field in double quotes may have commas, and quotes written twice.
  private static List<String> csv(String text) {
    var fields = new ArrayList<String>();
    var field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          field.append(c);
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }
}
