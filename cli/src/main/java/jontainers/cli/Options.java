package jontainers.cli;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// Say in one line what an option is.
final class Options {
  private Options() {}

  /// Begin a command whose options are described one by one.
  static CommandSpec command(Command.Verb verb) {
    var spec = CommandSpec.create().name(verb.word());
    spec.usageMessage()
        .description(verb.summary())
        .sortOptions(false)
        .customSynopsis("jontainers " + verb.word() + " [OPTIONS]");
    spec.addOption(
        OptionSpec.builder("--help")
            .usageHelp(true)
            .type(boolean.class)
            .description("Show this")
            .build());
    return spec;
  }

  static OptionSpec flag(String description, String... names) {
    return OptionSpec.builder(names).type(boolean.class).description(description).build();
  }

  static OptionSpec value(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .type(String.class)
        .arity("1")
        .paramLabel(label)
        .description(description)
        .build();
  }

  static OptionSpec values(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .type(List.class)
        .auxiliaryTypes(String.class)
        .arity("1")
        .paramLabel(label)
        .description(description)
        .build();
  }

  static PositionalParamSpec words(String label, String description) {
    return PositionalParamSpec.builder()
        .type(List.class)
        .auxiliaryTypes(String.class)
        .index("0..*")
        .arity("0..*")
        .paramLabel(label)
        .description(description)
        .build();
  }

  static boolean isSet(ParseResult arguments, String name) {
    return arguments.matchedOptionValue(name, false);
  }

  static Optional<String> text(ParseResult arguments, String name) {
    return arguments.hasMatchedOption(name)
        ? Optional.of(arguments.matchedOptionValue(name, ""))
        : Optional.empty();
  }

  static List<String> list(ParseResult arguments, String name) {
    return arguments.matchedOptionValue(name, List.of());
  }

  /// Return the one argument of a command that takes one.
  static String onlyWord(ParseResult arguments, Command.Verb verb) throws UsageException {
    var words = words(arguments);
    if (words.size() != 1) {
      throw new UsageException(
          "\"" + verb.word() + "\" requires exactly 1 argument",
          "jontainers " + verb.word() + " --help");
    }
    return words.getFirst();
  }

  static List<String> words(ParseResult arguments) {
    return arguments.matchedPositionalValue(0, List.of());
  }
}
