package jontainers.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// A runtime that is tested: ours, and the peers that test the tests.
enum Subject {
  JONTAINERS(Checkout.path("bin/jontainers-oci").toString(), ""),
  RUNC("runc", "1.1.5"),
  CRUN("crun", "1.8.1");

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
  private final String version;

  Subject(String program, String version) {
    this.program = program;
    this.version = version;
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

  /// Return whether this is the version that the tests' statements about differences are of.
  boolean differencesAreKnown() {
    return Versions.KNOWN.contains(this);
  }

  /// Asked once for each subject, not once for each test.
  private static final class Versions {
    private static final Set<Subject> KNOWN =
        Arrays.stream(values())
            .filter(subject -> subject.executable().isPresent())
            .filter(subject ->
                Command.of(subject.command("--version")).run().out().contains(subject.version))
            .collect(Collectors.toUnmodifiableSet());
  }
}
