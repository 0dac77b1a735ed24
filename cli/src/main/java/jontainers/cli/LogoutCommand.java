package jontainers.cli;

import jontainers.image.ImageException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers logout`: forget the login of a registry.
final class LogoutCommand implements Command {
  @Override
  public Verb verb() {
    return Verb.LOGOUT;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers logout [SERVER]");
    spec.addPositional(Options.words("SERVER", "Registry; Docker's where there is none"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws ImageException, UsageException {
    var words = Options.words(arguments);
    if (words.size() > 1) {
      throw new UsageException(
          "\"logout\" requires at most 1 argument", "jontainers logout --help");
    }
    String domain =
        Registries.domain(Registries.config(session), words.isEmpty() ? "" : words.getFirst());
    boolean was = Registries.credentials(session).erase(domain);
    session
        .out()
        .println(
            (was ? "Removing login credentials for " : "Not logged in to ")
                + Registries.shown(domain));
    return 0;
  }
}
