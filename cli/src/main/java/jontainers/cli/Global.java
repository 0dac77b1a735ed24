package jontainers.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Nearest;

/// The options before the subcommand.
///
/// @param root the state directory
/// @param debug whether failures show where they come from
/// @param ask what is asked for beside a subcommand
/// @param rest the subcommand and all that follows
record Global(Path root, boolean debug, Ask ask, List<String> rest) {
  /// What an option can ask for instead of a subcommand.
  enum Ask {
    NOTHING,
    HELP,
    VERSION
  }

  Global {
    rest = List.copyOf(rest);
  }

  /// Read the options up to the first word that is none.
  static Global parse(Session session, List<String> arguments) throws UsageException {
    Path root = Rootless.root(session);
    boolean debug = false;
    var ask = Ask.NOTHING;
    int at = 0;
    for (; at < arguments.size() && arguments.get(at).startsWith("-"); at++) {
      String argument = arguments.get(at);
      if (argument.equals("--root") && at + 1 < arguments.size()) {
        root = session.path(arguments.get(++at));
      } else if (argument.startsWith("--root=") && argument.length() > 7) {
        root = session.path(argument.substring(7));
      } else if (argument.equals("--debug") || argument.equals("-D")) {
        debug = true;
      } else if (argument.equals("--help") || argument.equals("-h")) {
        ask = Ask.HELP;
      } else if (argument.equals("--version") || argument.equals("-v")) {
        ask = Ask.VERSION;
      } else if (argument.equals("--root") || argument.equals("--root=")) {
        throw new UsageException("option --root needs a directory", "");
      } else {
        throw new UsageException(
            "unknown option: " + argument,
            Nearest.find(argument, List.of("--root", "--debug", "--help", "--version"))
                .map(near -> "did you mean " + near + "?")
                .orElse("jontainers --help lists the options"));
      }
    }
    return new Global(root, debug, ask, new ArrayList<>(arguments.subList(at, arguments.size())));
  }
}
