package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jontainers.testkit.ConformanceTest;
import jontainers.testkit.DockerRegistry;
import jontainers.testkit.TestAuthority;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `login`, `pull`, `push` and `logout` with Docker's registry, which wants a password over TLS.
@ConformanceTest
class RegistryCommandsTest {
  private static final String USER = "me";
  private static final String PASSWORD = "right one";

  @TempDir private static Path shared;
  private static TestAuthority authority;

  @RegisterExtension final Machine machine = new Machine();
  private DockerRegistry registry;
  private String name;

  @BeforeAll
  static void makeAuthority() throws Exception {
    for (String program : List.of("docker-registry", "skopeo", "umoci", "htpasswd", "openssl")) {
      assumeTrue(
          Stream.of(System.getenv("PATH").split(":"))
              .anyMatch(place -> Files.isExecutable(Path.of(place, program))),
          "no " + program);
    }
    SocketChannel.open().close(); // the JDK keeps a socket of its own from the first close on
    authority = TestAuthority.make(shared.resolve("authority"));
    var certificates = Files.createDirectory(shared.resolve("certificates"));
    Files.copy(authority.file("ca.pem"), certificates.resolve("ca.crt"));
  }

  @BeforeEach
  void startRegistryWithAnImage() throws Exception {
    registry =
        DockerRegistry.start(
            machine.directory().resolve("registry"),
            "127.0.0.1",
            authority.forRegistry(),
            authority.htpasswd(USER, PASSWORD));
    name = registry.domain() + "/tools/busybox";
    var image = machine.directory().resolve("layout") + ":made";
    machine.text("umoci", "init", "--layout", machine.directory().resolve("layout").toString());
    machine.text("umoci", "new", "--image", image);
    machine.text(
        "umoci", "insert", "--image", image, machine.rootfs().resolve("bin").toString(), "/bin");
    skopeo("copy", "oci:" + image, "docker://" + name + ":latest");
  }

  @AfterEach
  void stopRegistry() throws IOException {
    registry.close();
  }

  private String skopeo(String verb, String... words) throws IOException {
    var all = new ArrayList<>(List.of("skopeo", "--insecure-policy", verb));
    String prefix = verb.equals("copy") ? "dest-" : "";
    all.add("--" + prefix + "cert-dir=" + shared.resolve("certificates"));
    all.add("--" + prefix + "creds=" + USER + ":" + PASSWORD);
    all.addAll(List.of(words));
    return machine.text(all.toArray(String[]::new));
  }

  private String digest(String image) throws IOException {
    return skopeo("inspect", "--format", "{{.Digest}}", "docker://" + image);
  }

  private Path docker() {
    return machine.directory().resolve("docker");
  }

  private Map<String, String> environment() {
    return Map.of("DOCKER_CONFIG", docker().toString());
  }

  private Machine.Outcome jontainers(String verb, String... words) throws IOException {
    return reading("", verb, words);
  }

  private Machine.Outcome reading(String input, String verb, String... words) throws IOException {
    return machine.jontainersReading(environment(), input, command(verb, words));
  }

  private static String[] command(String verb, String... words) {
    var all = new ArrayList<>(List.of(verb));
    if (!verb.equals("logout") && !verb.equals("tag")) {
      all.addAll(List.of("--ca", authority.file("ca.pem").toString()));
    }
    all.addAll(List.of(words));
    return all.toArray(String[]::new);
  }

  @Test
  void an_image_is_pulled_and_pushed_between_login_and_logout() throws Exception {
    var nobody = jontainers("pull", name);
    assertThat(nobody.code()).isEqualTo(1);
    assertThat(nobody.errors())
        .contains(
            "jontainers: " + registry.domain() + " wants a login for " + name + ":latest",
            "hint: log in to " + registry.domain());

    var wrong = reading("wrong\n", "login", "-u", USER, "--password-stdin", registry.domain());
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.errors()).contains(registry.domain() + " does not accept the login");
    assertThat(docker().resolve("config.json")).doesNotExist();

    var login =
        reading(PASSWORD + "\n", "login", "-u", USER, "--password-stdin", registry.domain());
    assertThat(login.errors())
        .startsWith("WARNING! Your credentials are stored unencrypted in '" + docker());
    assertThat(login.lines()).containsExactly("Login Succeeded");
    assertThat(login.code()).isZero();
    assertThat(docker().resolve("config.json")).content().contains(registry.domain(), "\"auth\"");

    var pull = jontainers("pull", name);
    assertThat(pull.errors()).isEmpty();
    assertThat(pull.lines())
        .startsWith("Using default tag: latest", "latest: Pulling from tools/busybox")
        .endsWith(
            "Digest: " + digest(name),
            "Status: Downloaded newer image for " + name + ":latest",
            name + ":latest");

    String copy = registry.domain() + "/copy:2";
    assertThat(machine.jontainers("tag", name, copy).code()).isZero();
    var push = jontainers("push", copy);
    assertThat(push.errors()).isEmpty();
    assertThat(push.lines())
        .startsWith("The push refers to repository [" + registry.domain() + "/copy]")
        .anyMatch(line -> line.endsWith(": Mounted from tools/busybox"));
    assertThat(push.lines().getLast()).matches("2: digest: " + digest(name) + " size: [0-9]+");
    assertThat(digest(copy)).isEqualTo(digest(name));
    assertThat(jontainers("push", copy).lines())
        .anyMatch(line -> line.endsWith(": Layer already exists"));
    assertThat(jontainers("push", "-q", copy).lines()).containsExactly(copy);

    var logout = jontainers("logout", registry.domain());
    assertThat(logout.lines())
        .containsExactly("Removing login credentials for " + registry.domain());
    assertThat(jontainers("logout", registry.domain()).lines())
        .containsExactly("Not logged in to " + registry.domain());
    assertThat(jontainers("push", copy).code()).isEqualTo(1);
  }

  @Test
  void a_helper_keeps_the_password() throws Exception {
    var helper = machine.directory().resolve("programs/docker-credential-test");
    Files.createDirectories(helper.getParent());
    Files.writeString(
        helper,
        """
        #!/bin/sh
        kept=%s
        case $1 in
          store) cat >"$kept" ;;
          get) cat "$kept" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
          erase) rm -f "$kept" ;;
        esac
        """
            .formatted(machine.directory().resolve("kept")));
    Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(docker());
    Files.writeString(docker().resolve("config.json"), "{\"credsStore\":\"test\"}");
    var environment =
        Map.of(
            "DOCKER_CONFIG",
            docker().toString(),
            "PATH",
            helper.getParent() + ":" + System.getenv("PATH"));

    var login =
        machine.jontainersReading(
            environment,
            PASSWORD,
            command("login", "-u", USER, "--password-stdin", registry.domain()));

    assertThat(login.errors()).isEmpty();
    assertThat(login.lines()).containsExactly("Login Succeeded");
    assertThat(machine.directory().resolve("kept")).content().contains(PASSWORD);
    assertThat(docker().resolve("config.json")).content().doesNotContain("auth\"");
    assertThat(machine.jontainersWith(environment, command("pull", "-q", name)).lines())
        .containsExactly(name + ":latest");
    assertThat(machine.jontainersWith(environment, command("logout", registry.domain())).code())
        .isZero();
    assertThat(machine.directory().resolve("kept")).doesNotExist();
    assertThat(machine.jontainersWith(environment, command("pull", name)).code()).isEqualTo(1);
  }

  @Test
  void a_password_as_an_option_is_warned_of() throws Exception {
    var login = jontainers("login", "-u", USER, "-p", PASSWORD, registry.domain());
    assertThat(login.errors())
        .startsWith("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    assertThat(login.lines()).containsExactly("Login Succeeded");

    assertThat(jontainers("login", registry.domain()).lines())
        .as("the login that is known")
        .containsExactly(
            "Authenticating with existing credentials... [Username: " + USER + "]",
            "Login Succeeded");
    assertThat(jontainers("login", "-p", "x", "--password-stdin", "-u", USER).errors())
        .contains("--password and --password-stdin are mutually exclusive");
    assertThat(jontainers("login", "--password-stdin").errors())
        .contains("must provide --username with --password-stdin");
  }

  @Test
  void without_a_terminal_nobody_is_asked() throws Exception {
    var login = jontainers("login", registry.domain());
    assertThat(login.code()).isNotZero();
    assertThat(login.errors())
        .contains("cannot perform an interactive login from a non TTY device");
  }

  @Test
  void at_a_terminal_user_and_password_are_asked_for_and_the_password_is_not_shown()
      throws Exception {
    try (var screen = Screen.open()) {
      byte[] before = screen.terminal().attributes();
      var process = screen.run(machine.directory(), atTerminal());
      screen.await("Username: ");
      screen.type(USER + "\r");
      screen.await("Password: ");
      screen.type(PASSWORD + "\r");

      assertThat(screen.await("Login Succeeded")).doesNotContain(PASSWORD);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(screen.terminal().attributes()).isEqualTo(before);
    }
  }

  @Test
  void control_c_at_the_question_gives_the_terminal_back() throws Exception {
    try (var screen = Screen.open()) {
      byte[] before = screen.terminal().attributes();
      var process = screen.run(machine.directory(), atTerminal());
      screen.await("Username: ");
      screen.type(USER + "\r");
      screen.await("Password: ");
      assertThat(screen.terminal().attributes()).isNotEqualTo(before);
      screen.type("\u0003");

      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(130);
      assertThat(screen.terminal().attributes()).isEqualTo(before);
      assertThat(docker().resolve("config.json")).doesNotExist();
    }
  }

  private List<String> atTerminal() {
    var words = new ArrayList<>(List.of("env", "DOCKER_CONFIG=" + docker()));
    words.addAll(machine.command(command("login", registry.domain())));
    return words;
  }

  @Test
  void what_the_options_allow_the_file_allows() throws Exception {
    var file = machine.directory().resolve("registries.json");
    Files.writeString(
        file,
        "{\"registries\":[{\"prefix\":\"%s\",\"caFile\":\"%s\"}]}"
            .formatted(registry.domain(), authority.file("ca.pem")));
    var environment =
        Map.of("DOCKER_CONFIG", docker().toString(), "JONTAINERS_REGISTRIES", file.toString());
    var untrusting =
        machine.jontainersReading(
            environment(), PASSWORD, "login", "-u", USER, "--password-stdin", registry.domain());
    assertThat(untrusting.code()).isEqualTo(1);
    assertThat(untrusting.errors())
        .isEqualTo(
            """
            jontainers: nobody who is trusted here vouches for the certificate of %s
            hint: name the certificate of its authority: caFile in registries.json, or --ca
            """
                .formatted(registry.domain()));

    var login =
        machine.jontainersReading(
            environment, PASSWORD, "login", "-u", USER, "--password-stdin", registry.domain());
    assertThat(login.code()).as(login.errors()).isZero();
    assertThat(machine.jontainersWith(environment, "pull", "-q", name).code()).isZero();
    assertThat(machine.jontainersWith(environment(), "pull", "-q", "--insecure", name).lines())
        .containsExactly(name + ":latest");
  }
}
