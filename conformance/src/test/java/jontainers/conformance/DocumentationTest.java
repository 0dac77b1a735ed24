package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/conformance.md tells of every test that runs on each runtime: under the name of its class a
/// row with its words and with what the peers do otherwise.
class DocumentationTest {
  private static final Pattern CLASS = Pattern.compile("^`conformance` `(\\w+)`");

  @Test
  void each_test_has_its_row() throws Exception {
    var document = Checkout.path("docs/conformance.md");
    var rows = rows(Files.readAllLines(document));

    assertThat(tests()).isNotEmpty().filteredOn(row -> !rows.contains(row)).isEmpty();
  }

  private static List<String> tests() throws Exception {
    var tests = new ArrayList<String>();
    var classes = Path.of(DocumentationTest.class.getResource("DocumentationTest.class").toURI());
    try (var files = Files.list(Objects.requireNonNull(classes.getParent()))) {
      for (var file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith("Test.class") && !name.equals("HarnessTest.class")) {
          tests.addAll(
              tests(Class.forName("jontainers.conformance." + name.replace(".class", ""))));
        }
      }
    }
    return tests;
  }

  private static List<String> tests(Class<?> type) {
    var tests = new ArrayList<String>();
    for (Method method : type.getDeclaredMethods()) {
      var each = method.getAnnotation(OnEachRuntime.class);
      if (each != null) {
        var peers = Stream.concat(Stream.of(each.differs()), Stream.of(each.without()));
        tests.add(row(type.getSimpleName(), method.getName().replace('_', ' '), peers));
      }
    }
    return tests;
  }

  /// The rows of all tables: class, words, and what differs.
  private static List<String> rows(List<String> lines) {
    var rows = new ArrayList<String>();
    String type = "";
    for (String line : lines) {
      var heading = CLASS.matcher(line);
      if (heading.find()) {
        type = heading.group(1);
      }
      String[] cells = line.split(" *(?<!\\\\)\\| *", -1);
      if (cells.length == 6) {
        var peers = Stream.of(cells[4].replace("\\|", "|").split("; "));
        rows.add(row(type, cells[2], peers.filter(peer -> !peer.isEmpty())));
      }
    }
    return rows;
  }

  private static String row(String type, String words, Stream<String> peers) {
    return type + ": " + words + peers.sorted().toList();
  }
}
