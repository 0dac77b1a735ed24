package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.name.Reference;
import jontainers.linux.RawText;
import org.jspecify.annotations.Nullable;

/// Know who one is at which registry: Docker's config.json and its credential helpers.
///
/// A helper is a program `docker-credential-NAME` of the user's PATH, which speaks the protocol of
/// github.com/docker/docker-credential-helpers: a verb as argument, JSON or a host on standard
/// input. Fields of config.json that are not known here stay as they are.
public final class Credentials {
  /// What Docker calls its own registry in config.json.
  private static final String DOCKER_KEY = "https://index.docker.io/v1/";

  /// No helper says more about one login.
  private static final int LONGEST_ANSWER = 16 << 20;

  /// In place of an exit status.
  private static final int NOT_RUN = -1;

  private final Path file;
  private final Consumer<String> warnings;

  private Credentials(Path file, Consumer<String> warnings) {
    this.file = file;
    this.warnings = warnings;
  }

  /// Use a config.json, which need not be there yet.
  public static Credentials of(Path file) {
    return new Credentials(file, warning -> {});
  }

  /// Return the same, telling what goes on without a login though one may be kept.
  public Credentials warning(Consumer<String> listener) {
    return new Credentials(file, listener);
  }

  /// Use the user's: `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`.
  public static Credentials ofUser(Map<String, String> environment) {
    String directory = environment.getOrDefault("DOCKER_CONFIG", "");
    return of(
        directory.isEmpty()
            ? RawText.path(environment.getOrDefault("HOME", "/root"))
                .resolve(".docker")
                .resolve("config.json")
            : RawText.path(directory).resolve("config.json"));
  }

  /// Return what to log in to a registry with.
  ///
  /// A helper that is not installed knows nobody: images that everybody may have need no login.
  public Optional<Login> find(String domain) throws ImageException {
    var config = read();
    String helper = helper(config, domain);
    if (!helper.isEmpty()) {
      var answer = call(helper, "get", key(domain));
      if (answer.status == NOT_RUN) {
        warnings.accept(answer.output + "; going on without a login for " + domain);
        return Optional.empty();
      }
      return fromHelper(helper, answer);
    }
    var auths = JsonText.map(config.get("auths"));
    for (String key : keys(domain)) {
      if (auths.containsKey(key)) {
        return fromEntry(JsonText.map(auths.get(key)));
      }
    }
    return Optional.empty();
  }

  /// Return the file that shows a registry's login to whoever can read it; empty where a helper
  /// keeps it.
  public Optional<Path> openlyIn(String domain) throws ImageException {
    return helper(read(), domain).isEmpty() ? Optional.of(file) : Optional.empty();
  }

  /// Keep a login, in the registry's helper where there is one.
  public void store(String domain, Login login) throws ImageException {
    var config = read();
    String helper = helper(config, domain);
    var auths = JsonText.map(config.get("auths"));
    if (helper.isEmpty()) {
      auths.put(key(domain), entry(login));
    } else {
      boolean token = login.kind() == Login.Kind.REFRESH_TOKEN;
      var request = new LinkedHashMap<String, Object>();
      request.put("ServerURL", key(domain));
      request.put("Username", token ? Login.TOKEN_USER : login.user());
      request.put("Secret", login.secret());
      var answer = call(helper, "store", JsonText.write(request));
      if (answer.status != 0) {
        throw refused(helper, answer);
      }
      auths.put(key(domain), new LinkedHashMap<>());
    }
    config.put("auths", auths);
    write(config);
  }

  /// Forget a login.
  ///
  /// @return whether there was one
  public boolean erase(String domain) throws ImageException {
    var config = read();
    String helper = helper(config, domain);
    boolean was = false;
    if (!helper.isEmpty()) {
      was = fromHelper(helper, call(helper, "get", key(domain))).isPresent();
      var answer = call(helper, "erase", key(domain));
      if (was && answer.status != 0) {
        throw refused(helper, answer);
      }
    }
    var auths = JsonText.map(config.get("auths"));
    for (String key : keys(domain)) {
      was |= auths.containsKey(key);
      var _ = auths.remove(key);
    }
    if (was) {
      config.put("auths", auths);
      write(config);
    }
    return was;
  }

  private static Map<String, Object> entry(Login login) {
    var entry = new LinkedHashMap<String, Object>();
    boolean token = login.kind() == Login.Kind.REFRESH_TOKEN;
    String pair = login.user() + ":" + (token ? "" : login.secret());
    entry.put("auth", Base64.getEncoder().encodeToString(pair.getBytes(UTF_8)));
    if (token) {
      entry.put("identitytoken", login.secret());
    }
    return entry;
  }

  private Optional<Login> fromEntry(Map<String, @Nullable Object> entry) throws ImageException {
    String user = JsonText.text(entry.get("username"));
    String password = JsonText.text(entry.get("password"));
    String auth = JsonText.text(entry.get("auth"));
    if (!auth.isEmpty()) {
      try {
        String pair = new String(Base64.getDecoder().decode(auth), UTF_8);
        int colon = pair.indexOf(':');
        if (colon < 0) {
          throw new IllegalArgumentException("no colon");
        }
        user = pair.substring(0, colon);
        password = pair.substring(colon + 1).replaceAll("\0+$", "");
      } catch (IllegalArgumentException e) {
        throw new ImageException(
            Category.INVALID, file + ": auth is not a user and a password in base64", "", e);
      }
    }
    String token = JsonText.text(entry.get("identitytoken"));
    if (!token.isEmpty()) {
      return Optional.of(new Login(user, token, Login.Kind.REFRESH_TOKEN));
    }
    return user.isEmpty() ? Optional.empty() : Optional.of(Login.password(user, password));
  }

  private static String helper(Map<String, @Nullable Object> config, String domain) {
    var helpers = JsonText.map(config.get("credHelpers"));
    for (String key : keys(domain)) {
      if (helpers.containsKey(key)) {
        return JsonText.text(helpers.get(key));
      }
    }
    return JsonText.text(config.get("credsStore"));
  }

  private static Optional<Login> fromHelper(String helper, Answer answer) throws ImageException {
    if (answer.status != 0) {
      // the words of the protocol: errCredentialsNotFoundMessage
      if (answer.output.contains("credentials not found")) {
        return Optional.empty();
      }
      throw refused(helper, answer);
    }
    var fields = JsonText.object(answer.output);
    String user = JsonText.text(fields.get("Username"));
    String secret = JsonText.text(fields.get("Secret"));
    if (user.equals(Login.TOKEN_USER)) {
      return Optional.of(new Login(user, secret, Login.Kind.REFRESH_TOKEN));
    }
    return secret.isEmpty() ? Optional.empty() : Optional.of(Login.password(user, secret));
  }

  /// @param output what it has printed, or why it could not be run
  private record Answer(int status, String output) {}

  private static Answer call(String helper, String verb, String input) throws ImageException {
    String program = "docker-credential-" + helper;
    if (helper.indexOf('/') >= 0) {
      throw new ImageException(Category.INVALID, "credential helper is no name: " + helper, "");
    }
    Process process;
    try {
      process = new ProcessBuilder(program, verb).redirectError(Redirect.DISCARD).start();
    } catch (IOException e) {
      return new Answer(NOT_RUN, "cannot run " + program + ": " + e.getMessage());
    }
    try {
      try (var out = process.getOutputStream()) {
        out.write(input.getBytes(UTF_8));
      } catch (IOException e) {
        // it did not want to know; its status says whether that is an error
      }
      String output;
      try (var in = process.getInputStream()) {
        output = new String(in.readNBytes(LONGEST_ANSWER), UTF_8).strip();
      }
      return new Answer(process.waitFor(), output);
    } catch (IOException e) {
      throw new ImageException(
          Category.INTERNAL, "cannot read what " + program + " answers", "", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException(Category.UNAVAILABLE, program + " was interrupted", "", e);
    }
  }

  private static ImageException refused(String helper, Answer answer) {
    if (answer.status == NOT_RUN) {
      return new ImageException(
          Category.INTERNAL,
          answer.output,
          "config.json names this credential helper; install it or remove the entry");
    }
    return new ImageException(
        Category.INTERNAL,
        "docker-credential-" + helper + " exited with " + answer.status + ": " + answer.output,
        "");
  }

  /// The name of a registry in config.json, as Docker writes it.
  private static String key(String domain) {
    return domain.equals(Reference.DOCKER) ? DOCKER_KEY : domain;
  }

  /// The names of a registry in config.json, as they may stand there.
  private static String[] keys(String domain) {
    return domain.equals(Reference.DOCKER)
        ? new String[] {DOCKER_KEY, "docker.io", "index.docker.io", "registry-1.docker.io"}
        : new String[] {
          domain,
          "https://" + domain,
          "https://" + domain + "/",
          "http://" + domain,
          "https://" + domain + "/v1/",
          "https://" + domain + "/v2/"
        };
  }

  private Map<String, @Nullable Object> read() throws ImageException {
    if (!Files.exists(file)) {
      return new LinkedHashMap<>();
    }
    try {
      String text = Files.readString(file);
      var config = JsonText.object(text);
      if (config.isEmpty() && !text.replaceAll("\\s", "").equals("{}") && !text.isBlank()) {
        throw new ImageException(Category.INVALID, file + " is not a JSON object", "");
      }
      return config;
    } catch (IOException e) {
      throw new ImageException(Category.INTERNAL, "cannot read " + file, "", e);
    }
  }

  private void write(Map<String, @Nullable Object> config) throws ImageException {
    try {
      var directory = file.toAbsolutePath().resolveSibling(".").normalize();
      var _ =
          Files.createDirectories(
              directory,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      var fresh =
          Files.createTempFile(
              directory,
              "config",
              ".new",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try {
        var _ = Files.writeString(fresh, JsonText.write(config));
        var _ =
            Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        boolean _ = Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      throw new ImageException(Category.INTERNAL, "cannot write " + file, "", e);
    }
  }
}
