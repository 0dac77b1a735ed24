package jontainers.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Optional;
import jontainers.image.ImageException;
import jontainers.image.registry.Credentials;
import jontainers.image.registry.Login;
import jontainers.image.registry.RegistryClient;
import jontainers.linux.Terminal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers login`: try a user and a password, and keep them where Docker does.
final class LoginCommand implements Command {
  private static final String USER = "--username";
  private static final String PASSWORD = "--password";
  private static final String FROM_INPUT = "--password-stdin";

  @Override
  public Verb verb() {
    return Verb.LOGIN;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers login [OPTIONS] [SERVER]");
    spec.addOption(Options.value("USER", "User", "-u", USER));
    spec.addOption(Options.value("PASSWORD", "Password, which others may see", "-p", PASSWORD));
    spec.addOption(Options.flag("Take the password from standard input", FROM_INPUT));
    Registries.describe(spec);
    spec.addPositional(Options.words("SERVER", "Registry; Docker's where there is none"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws ImageException, UsageException, IOException {
    var words = Options.words(arguments);
    if (words.size() > 1) {
      throw new UsageException("\"login\" requires at most 1 argument", "jontainers login --help");
    }
    String user = Options.text(arguments, USER).orElse("").strip();
    String password = password(session, arguments, user);
    var config = Registries.config(session);
    String domain = Registries.domain(config, words.isEmpty() ? "" : words.getFirst());
    var credentials = Registries.credentials(session);
    try (var client = Registries.client(session, config, arguments, domain)) {
      if (user.isEmpty() && password.isEmpty()) {
        var known = credentials.find(domain);
        if (known.isPresent() && isStillGood(session, client, domain, known.get())) {
          return 0;
        }
        user = known.map(Login::user).orElse("");
        if (user.isEmpty() || Terminal.isTerminal(session.stdin())) {
          user = askUser(session, user);
        }
      } else if (user.isEmpty()) {
        user = askUser(session, "");
      }
      if (password.isEmpty()) {
        password = askPassword(session);
      }
      keep(session, credentials, domain, client.login(domain, Login.password(user, password)));
    }
    return 0;
  }

  private static String password(Session session, ParseResult arguments, String user)
      throws UsageException, IOException {
    String password = Options.text(arguments, PASSWORD).orElse("");
    boolean fromInput = Options.isSet(arguments, FROM_INPUT);
    if (!password.isEmpty()) {
      session
          .err()
          .println("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
      if (fromInput) {
        throw new UsageException("--password and --password-stdin are mutually exclusive", "");
      }
    }
    if (!fromInput) {
      return password;
    }
    if (user.isEmpty()) {
      throw new UsageException("must provide --username with --password-stdin", "");
    }
    byte[] all = session.stdin().inputStream().readAllBytes();
    String text = new String(all, UTF_8).replaceFirst("\n$", "").replaceFirst("\r$", "");
    if (text.isEmpty()) {
      throw new UsageException("no password on standard input", "");
    }
    return text;
  }

  private static boolean isStillGood(
      Session session, RegistryClient client, String domain, Login login) throws ImageException {
    session
        .out()
        .println(
            "Authenticating with existing credentials..."
                + (login.user().isEmpty() ? "" : " [Username: " + login.user() + "]"));
    try {
      var _ = client.login(domain, login);
      session.out().println("Login Succeeded");
      return true;
    } catch (ImageException e) {
      if (e.category() != ImageException.Category.UNAUTHORIZED) {
        throw e;
      }
      session.err().println("Stored credentials invalid or expired");
      return false;
    }
  }

  private static String askUser(Session session, String before) throws UsageException, IOException {
    requireTerminal(session);
    String user =
        Prompt.ask(session, before.isEmpty() ? "Username: " : "Username (" + before + "): ");
    if (user.isEmpty() && before.isEmpty()) {
      throw new UsageException("username is required", "");
    }
    return user.isEmpty() ? before : user;
  }

  private static String askPassword(Session session) throws UsageException, IOException {
    requireTerminal(session);
    String password = Prompt.askSecretly(session, "Password: ");
    if (password.isEmpty()) {
      throw new UsageException("password is required", "");
    }
    return password;
  }

  private static void requireTerminal(Session session) throws UsageException {
    if (!Terminal.isTerminal(session.stdin())) {
      throw new UsageException(
          "cannot perform an interactive login from a non TTY device",
          "give --username and --password-stdin");
    }
  }

  private static void keep(Session session, Credentials credentials, String domain, Login login)
      throws ImageException {
    credentials.store(domain, login);
    Optional<?> file = credentials.openlyIn(domain);
    if (file.isPresent()) {
      session
          .err()
          .println(
              "WARNING! Your credentials are stored unencrypted in '"
                  + file.get()
                  + "'.\nConfigure a credential helper to remove this warning. See\n"
                  + "https://docs.docker.com/go/credential-store/\n");
    }
    session.out().println("Login Succeeded");
  }
}
