package jontainers.linux.seccomp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// Read and write a [Filter] as lines, for test resources and for the oracle.
///
/// `default ACTION`, `arch TOKEN`, `rule ACTION INDEX:OPERATOR:VALUE:VALUE,… NAME…`, where an
/// action is its SECCOMP_RET_* value in hexadecimal and `-` stands for no comparison.
final class ProfileText {
  private ProfileText() {}

  static Filter resource(String name) throws IOException {
    try (var stream = ProfileText.class.getResourceAsStream(name)) {
      return parse(
          new String(
              Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.US_ASCII));
    }
  }

  static Filter parse(String text) {
    var abis = EnumSet.noneOf(Abi.class);
    var rules = new ArrayList<Rule>();
    var otherwise = Action.KILL_PROCESS;
    for (String line : text.lines().toList()) {
      var words = List.of(line.split(" ", -1));
      switch (words.getFirst()) {
        case "default" -> otherwise = action(words.get(1));
        case "arch" -> abis.add(Abi.parse(words.get(1)).orElseThrow());
        case "rule" ->
            rules.add(
                new Rule(
                    words.subList(3, words.size()), action(words.get(1)), arguments(words.get(2))));
        default -> throw new IllegalArgumentException(line);
      }
    }
    return new Filter(otherwise, abis, Set.of(), rules);
  }

  static String write(Filter filter) {
    var text = new StringBuilder();
    text.append("default ").append(hex(filter.defaultAction())).append('\n');
    for (var abi : filter.abis()) {
      text.append("arch SCMP_ARCH_").append(abi).append('\n');
    }
    for (var rule : filter.rules()) {
      String comparisons =
          rule.arguments().stream()
              .map(a ->
                  a.index()
                      + ":"
                      + a.operator()
                      + ":"
                      + Long.toUnsignedString(a.value())
                      + ":"
                      + Long.toUnsignedString(a.valueTwo()))
              .collect(Collectors.joining(","));
      text.append("rule ")
          .append(hex(rule.action()))
          .append(' ')
          .append(comparisons.isEmpty() ? "-" : comparisons)
          .append(' ')
          .append(String.join(" ", rule.names()))
          .append('\n');
    }
    return text.toString();
  }

  private static String hex(Action action) {
    return Integer.toHexString(action.value());
  }

  private static Action action(String hex) {
    return new Action(Integer.parseUnsignedInt(hex, 16));
  }

  private static List<Argument> arguments(String text) {
    return text.equals("-")
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(ProfileText::argument).toList();
  }

  private static Argument argument(String text) {
    String[] parts = text.split(":", -1);
    return new Argument(
        Integer.parseInt(parts[0]),
        Operator.parse(parts[1]),
        Long.parseUnsignedLong(parts[2]),
        Long.parseUnsignedLong(parts[3]));
  }
}
