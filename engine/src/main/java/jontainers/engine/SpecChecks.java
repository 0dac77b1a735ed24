package jontainers.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Find everything that is wrong with a request before the host is touched.
final class SpecChecks {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");
  private static final Pattern HOSTNAME =
      Pattern.compile(
          "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*");

  /// sethostname(2): HOST_NAME_MAX.
  private static final int HOSTNAME_LIMIT = 64;

  private SpecChecks() {}

  /// Return one sentence for each problem.
  static List<String> problems(ContainerSpec spec) {
    var problems = new ArrayList<String>();
    if (spec.command().isEmpty() || spec.command().getFirst().isEmpty()) {
      problems.add("no command specified");
    }
    spec.command().stream()
        .filter(SpecChecks::hasNul)
        .forEach(a -> problems.add("a NUL byte in argument \"" + shown(a) + "\""));
    spec.name()
        .filter(name -> !NAME.matcher(name).matches())
        .ifPresent(name ->
            problems.add(
                "invalid container name \""
                    + shown(name)
                    + "\": only [a-zA-Z0-9][a-zA-Z0-9_.-]"
                    + " are allowed, two characters at least"));
    spec.hostname()
        .filter(name -> name.length() > HOSTNAME_LIMIT || !HOSTNAME.matcher(name).matches())
        .ifPresent(name -> problems.add("invalid hostname \"" + shown(name) + "\""));
    for (String variable : spec.environment()) {
      if (hasNul(variable)) {
        problems.add("a NUL byte in variable \"" + shown(variable) + "\"");
      } else if (variable.indexOf('=') <= 0) {
        problems.add("invalid environment variable: \"" + variable + "\"");
      }
    }
    if (!spec.workingDirectory().startsWith("/")) {
      problems.add(
          "the working directory \""
              + spec.workingDirectory()
              + "\" is invalid: it needs to be"
              + " an absolute path");
    }
    if (hasNul(spec.workingDirectory())) {
      problems.add("a NUL byte in the working directory");
    }
    return List.copyOf(problems);
  }

  private static boolean hasNul(String text) {
    return text.indexOf('\0') >= 0;
  }

  private static String shown(String text) {
    return text.replace("\0", "\\0");
  }
}
