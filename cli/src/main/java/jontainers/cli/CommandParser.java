package jontainers.cli;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Nearest;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Parse the words of a subcommand and put the parser's complaints into ours.
final class CommandParser {
  private CommandParser() {}

  /// Parse; everything from the first word that is no option belongs to the container when the
  /// command stops at positional parameters.
  static ParseResult parse(CommandSpec spec, List<String> words) throws UsageException {
    var parser = new CommandLine(spec);
    parser.setPosixClusteredShortOptionsAllowed(true);
    parser.setOverwrittenOptionsAllowed(true);
    parser.setStopAtPositional(spec.parser().stopAtPositional());
    parser.setAllowOptionsAsOptionParameters(true); // `--name=--rm` is a name, as in Docker
    parser.setExpandAtFiles(false);
    parser.setInterpolateVariables(false);
    try {
      return parser.parseArgs(words.toArray(String[]::new));
    } catch (CommandLine.UnmatchedArgumentException e) {
      String unknown = e.getUnmatched().getFirst();
      if (!unknown.startsWith("-")) {
        throw new UsageException(
            "unexpected argument: " + unknown, "jontainers " + spec.name() + " --help");
      }
      throw unknownOption(spec, unknown);
    } catch (CommandLine.MissingParameterException e) {
      throw new UsageException(
          "\"" + spec.name() + "\": " + lower(e), "jontainers " + spec.name() + " --help");
    } catch (CommandLine.ParameterException e) {
      throw new UsageException("\"" + spec.name() + "\": " + lower(e), "");
    }
  }

  private static UsageException unknownOption(CommandSpec spec, String unknown) {
    String word = unknown.indexOf('=') < 0 ? unknown : unknown.substring(0, unknown.indexOf('='));
    var names = new ArrayList<String>();
    spec.options().forEach(option -> names.addAll(List.of(option.names())));
    return new UsageException(
        "unknown option: " + word,
        Nearest.find(word, names)
            .map(near -> "did you mean " + near + "?")
            .orElse("jontainers " + spec.name() + " --help lists the options"));
  }

  private static String lower(Exception e) {
    String message = String.valueOf(e.getMessage()).replace('\n', ' ');
    return message.isEmpty()
        ? "bad arguments"
        : Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }
}
