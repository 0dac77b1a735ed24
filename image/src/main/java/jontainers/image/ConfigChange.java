package jontainers.image;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jontainers.linux.RawText;
import jontainers.oci.ImageConfig;
import jontainers.oci.JsonTree;
import jontainers.oci.OciFormatException;

/// Apply an instruction of a Dockerfile to a configuration: what `commit --change` and `import
/// --change` take.
///
/// The instructions that need no build: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL,
/// USER, VOLUME, WORKDIR.
public final class ConfigChange {
  private static final List<String> SHELL = List.of("/bin/sh", "-c");
  private static final Pattern INSTRUCTION = Pattern.compile("\\s*([A-Za-z]+)\\s+(.*?)\\s*");

  /// `NAME=VALUE` with quotes or without; a backslash takes the meaning from what follows it.
  private static final Pattern PAIR =
      Pattern.compile(
          "\\G\\s*((?:[^=\\s\"']|\"[^\"]*\"|'[^']*')+)="
              + "((?:\"(?:\\\\.|[^\"\\\\])*\"|'[^']*'|\\\\.|[^\\s\"'\\\\])*)");

  private static final Pattern PORT = Pattern.compile("([0-9]{1,5})(?:/(tcp|udp|sctp))?");

  private ConfigChange() {}

  /// Return the configuration with an instruction applied.
  ///
  /// @throws ImageException where it is not understood
  public static ImageConfig.Config apply(ImageConfig.Config config, String instruction)
      throws ImageException {
    var matcher = INSTRUCTION.matcher(instruction);
    if (!matcher.matches()) {
      throw invalid(instruction, "it has no instruction with a value");
    }
    var draft = new Draft(config);
    String value = matcher.group(2);
    switch (matcher.group(1).toUpperCase(Locale.ROOT)) {
      case "CMD" -> draft.cmd = command(value, draft);
      case "ENTRYPOINT" -> {
        draft.entrypoint = command(value, draft);
        if (!draft.entrypoint.isEmpty()) {
          draft.cmd = List.of(); // it was meant for another program
        }
      }
      case "ENV" -> {
        for (var pair : pairs(instruction, value).entrySet()) {
          draft.environment(pair.getKey(), pair.getValue());
        }
      }
      case "LABEL" -> draft.labels.putAll(pairs(instruction, value));
      case "EXPOSE" -> {
        for (String port : value.split("\\s+")) {
          draft.ports.addAll(ports(instruction, port));
        }
      }
      case "VOLUME" -> draft.volumes.addAll(list(value).orElse(List.of(value.split("\\s+"))));
      case "USER" -> draft.user = value;
      case "WORKDIR" -> draft.workingDir = directory(config, value);
      case "STOPSIGNAL" -> draft.stopSignal = value;
      case "ONBUILD" -> draft.onBuild.add(value);
      default ->
          throw invalid(
              instruction,
              "known are CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and"
                  + " WORKDIR");
    }
    return draft.config();
  }

  private static final class Draft {
    private final ImageConfig.Config from;
    private List<String> cmd;
    private List<String> entrypoint;
    private final List<String> env;
    private final Map<String, String> labels;
    private final LinkedHashSet<String> ports;
    private final LinkedHashSet<String> volumes;
    private final List<String> onBuild;
    private String user;
    private String workingDir;
    private String stopSignal;

    Draft(ImageConfig.Config from) {
      this.from = from;
      this.cmd = from.cmd();
      this.entrypoint = from.entrypoint();
      this.env = new ArrayList<>(from.env());
      this.labels = new TreeMap<>(from.labels());
      this.ports = new LinkedHashSet<>(from.exposedPorts());
      this.volumes = new LinkedHashSet<>(from.volumes());
      this.onBuild = new ArrayList<>(from.onBuild());
      this.user = text(from.user());
      this.workingDir = text(from.workingDir());
      this.stopSignal = text(from.stopSignal());
    }

    private static String text(@org.jspecify.annotations.Nullable String text) {
      return text == null ? "" : text;
    }

    void environment(String name, String value) {
      for (int i = 0; i < env.size(); i++) {
        if (env.get(i).startsWith(name + "=")) {
          env.set(i, name + "=" + value);
          return;
        }
      }
      env.add(name + "=" + value);
    }

    ImageConfig.Config config() {
      return new ImageConfig.Config(
          user.isEmpty() ? null : user,
          ports,
          env,
          entrypoint,
          cmd,
          from.healthcheck(),
          volumes,
          workingDir.isEmpty() ? null : workingDir,
          labels,
          stopSignal.isEmpty() ? null : stopSignal,
          from.stopTimeout(),
          from.argsEscaped(),
          onBuild,
          from.shell());
    }
  }

  private static List<String> command(String value, Draft draft) {
    var words = list(value);
    if (words.isPresent()) {
      return words.get();
    }
    var command = new ArrayList<>(draft.from.shell().isEmpty() ? SHELL : draft.from.shell());
    command.add(value);
    return List.copyOf(command);
  }

  /// Read `["a", "b"]`; what looks like it and is not is a command for the shell, as in
  /// Dockerfiles.
  private static Optional<List<String>> list(String value) {
    if (!value.startsWith("[")) {
      return Optional.empty();
    }
    try {
      return JsonTree.parse(value) instanceof List<?> list
              && list.stream().allMatch(String.class::isInstance)
          ? Optional.of(list.stream().map(String.class::cast).toList())
          : Optional.empty();
    } catch (OciFormatException e) {
      return Optional.empty();
    }
  }

  private static Map<String, String> pairs(String instruction, String value) throws ImageException {
    var pairs = new LinkedHashMap<String, String>();
    var matcher = PAIR.matcher(value);
    int end = 0;
    while (matcher.find()) {
      pairs.put(unquoted(matcher.group(1)), unquoted(matcher.group(2)));
      end = matcher.end();
    }
    if (pairs.isEmpty()) { // the old form: NAME VALUE
      String[] words = value.split("\\s+", 2);
      if (words.length < 2 || words[0].isEmpty()) {
        throw invalid(instruction, "it takes NAME=VALUE");
      }
      return Map.of(words[0], unquoted(words[1]));
    }
    if (!value.substring(end).isBlank()) {
      throw invalid(instruction, "\"" + value.substring(end).strip() + "\" is not NAME=VALUE");
    }
    return pairs;
  }

  private static String unquoted(String text) {
    var plain = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
        plain.append(text.charAt(++i));
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote != 0 && c == quote) {
        quote = 0;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  private static List<String> ports(String instruction, String text) throws ImageException {
    int dash = text.indexOf('-');
    Matcher first = PORT.matcher(dash < 0 ? text : text.substring(0, dash));
    Matcher last = PORT.matcher(dash < 0 ? text : text.substring(dash + 1));
    if (!first.matches() || !last.matches()) {
      throw invalid(instruction, "\"" + text + "\" is no port such as 80 or 53/udp");
    }
    String protocol = last.group(2) == null ? "tcp" : last.group(2);
    int from = Integer.parseInt(first.group(1));
    int to = Integer.parseInt(last.group(1));
    if (from < 1 || to > 65535 || from > to) {
      throw invalid(instruction, "ports go from 1 to 65535");
    }
    var ports = new ArrayList<String>();
    for (int port = from; port <= to; port++) {
      ports.add(port + "/" + protocol);
    }
    return ports;
  }

  private static String directory(ImageConfig.Config config, String value) {
    String before = config.workingDir() == null ? "/" : config.workingDir();
    return RawText.of(
        java.nio.file.Path.of("/")
            .resolve(RawText.path(before))
            .resolve(RawText.path(value))
            .normalize());
  }

  private static ImageException invalid(String instruction, String why) {
    return new ImageException("invalid change \"" + instruction + "\": " + why, "");
  }
}
