package jontainers.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A runtime that is tested: ours, and the peers that test the tests.
enum Subject {
  JONTAINERS(Checkout.path("bin/jontainers-oci").toString()),
  RUNC("runc"),
  CRUN("crun");

  /// crun refuses the hybrid of cgroup versions; without the list of controllers it takes the
  /// second one for unused. The mount is seen by crun and its containers only.
  private static final List<String> WITHOUT_UNIFIED =
      List.of(
          "unshare",
          "--mount",
          "--propagation=unchanged",
          "sh",
          "-c",
          "mount --bind /dev/null /sys/fs/cgroup/unified/cgroup.controllers && exec \"$@\"",
          "sh");

  private final String program;

  /// @param program that is meant where `-Dconformance.NAME=PATH` names no other
  Subject(String program) {
    this.program = System.getProperty("conformance." + label(), program);
  }

  /// Return its name in lower case.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Return the path of the executable, if there is one.
  Optional<Path> executable() {
    return Programs.find(program);
  }

  /// Return the words of a command.
  List<String> command(List<String> words) {
    return command(List.of(), words);
  }

  /// Return the words of a command that another program runs.
  List<String> command(List<String> before, List<String> words) {
    var command = new ArrayList<String>();
    if (this == CRUN && Files.exists(Path.of("/sys/fs/cgroup/unified/cgroup.controllers"))) {
      command.addAll(WITHOUT_UNIFIED);
    }
    command.addAll(before);
    command.add(executable().orElseThrow().toString());
    command.addAll(words);
    return command;
  }

  List<String> command(String... words) {
    return command(Arrays.asList(words));
  }

  /// Return whether a statement is about this runtime: it begins with the name.
  boolean isNamedBy(String statement) {
    return statement.toLowerCase(Locale.ROOT).startsWith(label());
  }

  /// Return whether a statement such as `crun 1.8, 1.28: …` is about the version that is there.
  boolean isMeantBy(String statement) {
    if (!isNamedBy(statement) || executable().isEmpty()) {
      return false;
    }
    String versions = statement.substring(label().length()).split(":", 2)[0];
    return Arrays.stream(versions.split(","))
        .map(String::strip)
        .anyMatch(version ->
            version.isEmpty() || Versions.OF.getOrDefault(this, "").startsWith(version + "."));
  }

  /// Asked once for each subject, not once for each test.
  private static final class Versions {
    private static final Pattern NUMBER = Pattern.compile(" version (\\d+(\\.\\d+)*)");

    /// With a dot at the end.
    private static final Map<Subject, String> OF =
        Arrays.stream(values())
            .filter(subject -> subject.executable().isPresent())
            .collect(Collectors.toUnmodifiableMap(subject -> subject, Versions::ask));

    private static String ask(Subject subject) {
      var number = NUMBER.matcher(Command.of(subject.command("--version")).run().out());
      return number.find() ? number.group(1) + "." : "";
    }
  }
}
