package jontainers.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.image.registry.Credentials;
import jontainers.image.registry.RegistryClient;
import jontainers.image.registry.Timing;
import jontainers.linux.RawText;
import jontainers.linux.ThisProcess;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// How a command asks registries: the file registries.json, the options `--insecure` and `--ca`,
/// the logins of the user, the proxies of the environment.
final class Registries {
  /// Names the file.
  static final String FILE = "JONTAINERS_REGISTRIES";

  private static final String INSECURE = "--insecure";
  private static final String CA = "--ca";
  private static final String NAME = "registries.json";
  private static final Path SYSTEM = Path.of("/etc/jontainers", NAME);

  /// Of the JDK's client: the ways to log in to a proxy that it does not use for a tunnel.
  private static final String NOT_IN_TUNNELS = "jdk.http.auth.tunneling.disabledSchemes";

  private Registries() {}

  /// Add the options.
  static void describe(CommandSpec spec) {
    spec.addOption(
        Options.flag(
            "Let the registry speak plain HTTP, or show a certificate that nobody vouches for",
            INSECURE));
    spec.addOption(
        Options.value(
            "FILE", "Trust the certificates of a file, in PEM, too, for the registry", CA));
  }

  /// Read the file: that of the variable, or the user's own, or the machine's.
  static RegistryConfig config(Session session) throws ImageException, UsageException {
    String named = session.environment().getOrDefault(FILE, "");
    if (!named.isEmpty()) {
      var file = session.path(named);
      if (!Files.exists(file)) {
        throw new UsageException(
            "no such file: " + RawText.of(file), "the variable " + FILE + " names it");
      }
      return RegistryConfig.read(file);
    }
    boolean root = ThisProcess.euid() == 0 && !Rootless.isInside(session.environment());
    var own = root ? SYSTEM : own(session);
    return RegistryConfig.read(Files.exists(own) ? own : SYSTEM);
  }

  /// XDG base directory specification.
  private static Path own(Session session) {
    String config = session.environment().getOrDefault("XDG_CONFIG_HOME", "");
    return config.startsWith("/")
        ? RawText.path(config).resolve("jontainers").resolve(NAME)
        : RawText.path(session.environment().getOrDefault("HOME", "/"))
            .resolve(".config")
            .resolve("jontainers")
            .resolve(NAME);
  }

  /// Open an engine that knows which registry is meant where a name says none.
  static Engine engine(Session session, Global global)
      throws EngineException, ImageException, UsageException {
    return Engine.open(global.root(), config(session));
  }

  /// Make a client for the image that the first positional parameter names.
  static RegistryClient client(Session session, Global global, ParseResult arguments)
      throws ImageException, UsageException {
    var words = Options.words(arguments);
    var config = config(session);
    String domain = words.isEmpty() ? "" : config.reference(words.getFirst()).domain();
    return client(session, config, arguments, domain);
  }

  /// Make a client.
  ///
  /// @param domain the registry that the options are about
  static RegistryClient client(
      Session session, RegistryConfig config, ParseResult arguments, String domain)
      throws UsageException {
    var all = config;
    if (Options.isSet(arguments, INSECURE)) {
      all = all.withInsecure(domain);
    }
    var ca = Options.text(arguments, CA);
    if (ca.isPresent()) {
      var file = session.path(ca.get());
      if (!Files.isReadable(file)) {
        throw new UsageException("cannot read the file of " + CA + ": " + file, "");
      }
      all = all.withCaFile(domain, file);
    }
    // A proxy gets the password that its variable has, as with other programs.
    if (System.getProperty(NOT_IN_TUNNELS) == null) {
      var _ = System.setProperty(NOT_IN_TUNNELS, "");
    }
    return RegistryClient.of(all, credentials(session), Timing.USUAL, session.environment());
  }

  /// Return the logins of the user.
  static Credentials credentials(Session session) {
    return Credentials.ofUser(session.environment())
        .warning(warning -> session.err().println("WARNING: " + VisibleText.line(warning)));
  }

  /// Return the registry that the word of `login` and `logout` means: a host, or a URL of one.
  static String domain(RegistryConfig config, String word) throws ImageException {
    String host = word.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    if (host.equals("registry-1.docker.io")) {
      return Reference.DOCKER;
    }
    return Reference.parse("x", host.isEmpty() ? config.defaultRegistry() : host).domain();
  }

  /// Return a registry as Docker shows it where it is about logins.
  static String shown(String domain) {
    return domain.equals(Reference.DOCKER) ? "https://index.docker.io/v1/" : domain;
  }
}
