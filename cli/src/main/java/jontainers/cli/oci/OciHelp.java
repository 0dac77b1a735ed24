package jontainers.cli.oci;

/// What `help` prints.
final class OciHelp {
  private OciHelp() {}

  static String text() {
    var text =
        new StringBuilder(
            """
            NAME:
               jontainers-oci - a runtime of the Open Container Initiative

            USAGE:
               jontainers-oci [global options] command [command options] [arguments...]

            COMMANDS:
            """);
    for (var verb : Verb.values()) {
      text.append("   %-11s %s%n".formatted(verb.word(), verb.summary()));
    }
    text.append("\nGLOBAL OPTIONS:\n");
    GlobalFlags.DECLARED.forEach(option -> text.append(line(option)));
    return text.toString();
  }

  static String text(Verb verb) {
    var text =
        new StringBuilder(
            "NAME:\n   jontainers-oci %s - %s%n".formatted(verb.word(), verb.summary()));
    text.append("\nOPTIONS:\n");
    verb.flags().forEach(option -> text.append(line(option)));
    return text.toString();
  }

  private static String line(Flags.Declared option) {
    var names = new StringBuilder();
    for (String name : option.names()) {
      names.append(names.isEmpty() ? "" : ", ").append(name.length() > 1 ? "--" : "-").append(name);
    }
    return "   " + names + (option.kind() == Flags.Declared.Kind.VALUE ? " value" : "") + "\n";
  }
}
