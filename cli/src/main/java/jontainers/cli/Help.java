package jontainers.cli;

/// The text of `jontainers --help`; that of each command comes from its options.
final class Help {
  private Help() {}

  static String overview() {
    var text =
        new StringBuilder(
            """
            Usage: jontainers [--root DIR] [--debug] COMMAND [ARG…]

            Isolated processes on Linux.

            Commands:
            """);
    for (var verb : Command.Verb.values()) {
      text.append("  %-9s%s%n".formatted(verb.word(), verb.summary()));
    }
    return text.append(
            """

            Options:
              --root DIR   state directory (default /var/lib/jontainers)
              --debug      show where a failure comes from
              --version    show the version
              --help       show this; jontainers COMMAND --help for one command

            jontainers run --rm host echo hello
            """)
        .toString();
  }
}
