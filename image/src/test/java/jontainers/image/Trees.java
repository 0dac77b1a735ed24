package jontainers.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jontainers.linux.Fd;

/// Run other people's programs on trees and archives.
public final class Trees {
  private final Path script;
  private final Path log;

  public Trees(Path directory) throws IOException {
    script = directory.resolve("trees.py");
    log = directory.resolve("log");
    try (var stream = Trees.class.getResourceAsStream("trees.py")) {
      Files.write(script, Objects.requireNonNull(stream).readAllBytes());
    }
  }

  /// Make a tree with everything a file can be.
  public void build(Path tree, String... more) throws Exception {
    var unused = python("build", tree, more);
    assertThat(unused).isEmpty();
  }

  /// Describe a tree, a line for each file.
  public List<String> describe(Path tree) throws Exception {
    return python("describe", tree).lines().toList();
  }

  /// Describe what Python's tarfile finds in an archive.
  public List<String> archive(Path file) throws Exception {
    return python("archive", file).lines().toList();
  }

  public String python(String command, Path path, String... more) throws Exception {
    var line = new ArrayList<>(List.of("python3", script.toString(), command, path.toString()));
    line.addAll(List.of(more));
    return run(line.toArray(String[]::new));
  }

  /// Run a program that must succeed; return what it printed.
  public String run(String... command) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    } catch (IOException e) {
      assumeTrue(false, "needs " + command[0]);
      throw e;
    }
    String out;
    try (var _ = process.getOutputStream();
        var in = process.getInputStream()) {
      out = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
    assertThat(process.waitFor())
        .as(String.join(" ", command) + ": " + Files.readString(log, StandardCharsets.ISO_8859_1))
        .isZero();
    return out;
  }

  public static ExportSummary export(Path tree, Path file) throws Exception {
    try (var root = Fd.open(tree, Fd.O_PATH | Fd.O_DIRECTORY)) {
      return ArchiveFile.write(root, file, _ -> {});
    }
  }
}
