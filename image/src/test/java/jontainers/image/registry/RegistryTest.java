package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.content.ContentStore;
import jontainers.image.content.Images;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.image.name.RegistryConfig.Registry;
import jontainers.image.registry.TransferListener.Event;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;
import jontainers.testkit.Command;
import jontainers.testkit.ConformanceTest;
import jontainers.testkit.DockerRegistry;
import jontainers.testkit.TestAuthority;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Images go to Docker's registry and come from it, as with skopeo, umoci and buildah.
@ConformanceTest
class RegistryTest {
  private static final Images IMAGE = Images.amd64(100_000, 10, 70_000);
  private static final Platform ARM64 = Platform.of("linux", "arm64", "v8");
  private static final Platform AMD64 = Platform.of("linux", "amd64", null);
  private static final Timing QUICK =
      new Timing(
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          3,
          Duration.ofMillis(50),
          Duration.ofSeconds(2));
  private static final String USER = TokenService.USER;
  private static final String PASSWORD = TokenService.PASSWORD;

  /// As documentation has it: not of this machine, and given to its loopback in the namespace.
  private static final String ADDRESS = "192.0.2.1";

  @TempDir private static Path shared;
  private static TestAuthority authority;

  @TempDir private Path directory;
  private ContentStore store;
  private Credentials credentials;

  @BeforeAll
  static void makeAuthority() throws Exception {
    for (String program : List.of("docker-registry", "skopeo", "umoci", "htpasswd", "openssl")) {
      assumeTrue(
          Stream.of(System.getenv("PATH").split(":"))
              .anyMatch(place -> Files.isExecutable(Path.of(place, program))),
          "no " + program);
    }
    // else the JDK's client gives no password to a proxy that it makes a tunnel through
    System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
    SocketChannel.open().close(); // the JDK keeps a socket of its own from the first close on
    authority = TestAuthority.make(shared.resolve("authority"));
    var certificates = Files.createDirectory(shared.resolve("certificates"));
    Files.copy(authority.file("ca.pem"), certificates.resolve("ca.crt"));
  }

  @BeforeEach
  void openStore() throws Exception {
    store = ContentStore.open(directory.resolve("store"));
    credentials = Credentials.of(directory.resolve("config.json"));
    try (var lease = store.lease()) {
      IMAGE.store(store, lease);
      store.name("the image", IMAGE.manifest());
    }
  }

  private DockerRegistry withPassword() throws Exception {
    var registry =
        DockerRegistry.start(
            directory.resolve("registry"),
            "127.0.0.1",
            authority.forRegistry(),
            authority.htpasswd(USER, PASSWORD));
    credentials.store(registry.domain(), Login.password(USER, PASSWORD));
    return registry;
  }

  private DockerRegistry withTokens(TokenService service) throws Exception {
    return DockerRegistry.start(
        directory.resolve("registry"),
        "127.0.0.1",
        authority.forRegistry(),
        service.forRegistry(authority));
  }

  private static RegistryConfig trusting(String domain) {
    return new RegistryConfig(
        Reference.DOCKER,
        List.of(new Registry(domain, List.of(), false, authority.file("ca.pem"))));
  }

  private RegistryClient client(DockerRegistry registry) {
    return client(trusting(registry.domain()));
  }

  private RegistryClient client(RegistryConfig config) {
    return RegistryClient.of(config, credentials, QUICK, Map.of());
  }

  private void push(RegistryClient client, String name, Images image) throws Exception {
    new Push(client, store)
        .push(Reference.parse(name), image.manifest(), List.of(), TransferListener.NONE);
  }

  private Pull.Pulled pull(RegistryClient client, ContentStore into, String name)
      throws ImageException {
    return new Pull(client, into, 3)
        .pull(Reference.parse(name), PlatformMatch.of(AMD64), TransferListener.NONE);
  }

  private ContentStore another() throws ImageException {
    return ContentStore.open(directory.resolve("another"));
  }

  private static void assertWhole(ContentStore other, Images image) throws ImageException {
    assertThat(other.fsck()).isEmpty();
    assertThat(other.read(image.manifest())).isEqualTo(image.manifestBytes());
    for (int i = 0; i < image.layers().size(); i++) {
      assertThat(other.blob(image.layerDescriptors().get(i).digest()))
          .hasBinaryContent(image.layers().get(i));
    }
  }

  private static String skopeo(String verb, String... words) throws Exception {
    String login = USER + ":" + PASSWORD;
    boolean copies = verb.equals("copy");
    return Command.run(
        Stream.of(
                Stream.of("skopeo", "--insecure-policy", verb),
                copies
                    ? Stream.of(
                        "--src-cert-dir=" + shared.resolve("certificates"),
                        "--dest-cert-dir=" + shared.resolve("certificates"),
                        "--src-creds=" + login,
                        "--dest-creds=" + login,
                        "--quiet")
                    : Stream.of("--cert-dir=" + shared.resolve("certificates"), "--creds=" + login),
                Stream.of(words))
            .flatMap(s -> s)
            .toArray(String[]::new));
  }

  /// Make an image of busybox in an OCI layout, with two layers.
  private Path layout() throws Exception {
    var layout = directory.resolve("layout");
    var files = Files.createDirectories(directory.resolve("files/bin"));
    Files.copy(Path.of("/bin/busybox"), files.resolve("busybox"));
    Files.createSymbolicLink(files.resolve("sh"), Path.of("busybox"));
    Command.run("umoci", "init", "--layout", layout.toString());
    Command.run("umoci", "new", "--image", layout + ":made");
    Command.run("umoci", "insert", "--image", layout + ":made", files.toString(), "/bin");
    Command.run(
        "umoci", "insert", "--image", layout + ":made", authority.file("names").toString(), "/etc");
    return layout;
  }

  @Test
  void what_is_pushed_others_see_with_the_same_digest_and_another_store_pulls() throws Exception {
    try (var registry = withPassword();
        var client = client(registry)) {
      String name = registry.domain() + "/a/b:1";

      push(client, name, IMAGE);

      assertThat(skopeo("inspect", "--raw", "docker://" + name).getBytes(UTF_8))
          .isEqualTo(IMAGE.manifestBytes());
      assertThat(skopeo("inspect", "--format", "{{.Digest}}", "docker://" + name))
          .isEqualTo(IMAGE.manifest().digest().toString());
      skopeo("copy", "docker://" + name, "dir:" + directory.resolve("copy"));
      assertThat(directory.resolve("copy/manifest.json")).hasBinaryContent(IMAGE.manifestBytes());
      assertThat(
              directory.resolve("copy").resolve(IMAGE.layerDescriptors().getFirst().digest().hex()))
          .hasBinaryContent(IMAGE.layers().getFirst());
      var pulled = pull(client, another(), name);
      assertThat(pulled.manifest().digest()).isEqualTo(IMAGE.manifest().digest());
      assertWhole(another(), IMAGE);
    }
  }

  @Test
  void what_skopeo_pushes_is_pulled_and_pushed_on_as_it_is() throws Exception {
    var layout = layout();
    try (var registry = withPassword();
        var client = client(registry)) {
      String name = registry.domain() + "/busybox:made";
      skopeo("copy", "oci:" + layout + ":made", "docker://" + name);
      String digest = skopeo("inspect", "--format", "{{.Digest}}", "docker://" + name);

      var pulled = pull(client, another(), name);

      assertThat(pulled.target().digest()).hasToString(digest);
      assertThat(another().fsck()).isEmpty();
      var manifest = Manifest.parse(another().read(pulled.manifest()));
      assertThat(manifest.layers()).hasSize(2);
      for (var child : manifest.children()) {
        assertThat(another().blob(child.digest()))
            .hasSameBinaryContentAs(layout.resolve("blobs/sha256").resolve(child.digest().hex()));
      }

      String copy = registry.domain() + "/copy:2";
      new Push(client, another())
          .push(Reference.parse(copy), pulled.target(), List.of(), TransferListener.NONE);
      assertThat(skopeo("inspect", "--format", "{{.Digest}}", "docker://" + copy))
          .isEqualTo(digest);
      skopeo("copy", "docker://" + copy, "oci:" + directory.resolve("back") + ":made");
      Command.run(
          "umoci",
          "unpack",
          "--image",
          directory.resolve("back") + ":made",
          directory.resolve("unpacked").toString());
      assertThat(directory.resolve("unpacked/rootfs/bin/busybox"))
          .hasSameBinaryContentAs(Path.of("/bin/busybox"));
    }
  }

  @Test
  void dockers_own_manifests_are_pulled() throws Exception {
    var layout = layout();
    try (var registry = withPassword();
        var client = client(registry)) {
      String name = registry.domain() + "/busybox:docker";
      skopeo("copy", "--format", "v2s2", "oci:" + layout + ":made", "docker://" + name);

      var pulled = pull(client, another(), name);

      assertThat(pulled.target().mediaType()).isEqualTo(MediaTypes.DOCKER_MANIFEST);
      assertThat(another().fsck()).isEmpty();
    }
  }

  @Test
  void an_index_is_pushed_with_its_images_and_each_platform_pulls_its_own() throws Exception {
    var arm = Images.image(ARM64, 5000);
    byte[] index = Images.index(arm, IMAGE);
    var target = Descriptor.of(MediaTypes.INDEX, index);
    try (var registry = withPassword();
        var client = client(registry);
        var lease = store.lease()) {
      arm.store(store, lease);
      store.put(lease, target, index);
      String name = registry.domain() + "/both:1";

      new Push(client, store).push(Reference.parse(name), target, List.of(), TransferListener.NONE);

      assertThat(skopeo("inspect", "--raw", "docker://" + name))
          .isEqualTo(new String(index, UTF_8));
      skopeo(
          "copy",
          "--all",
          "--preserve-digests",
          "docker://" + name,
          "docker://" + registry.domain() + "/other:2");
      var pulled =
          new Pull(client, another(), 3)
              .pull(
                  Reference.parse(registry.domain() + "/other:2"),
                  PlatformMatch.of(ARM64),
                  TransferListener.NONE);
      assertThat(pulled.target().digest()).isEqualTo(target.digest());
      assertThat(pulled.manifest().digest()).isEqualTo(arm.manifest().digest());
      assertWhole(another(), arm);
    }
  }

  @Test
  void a_wrong_password_and_none_are_told_apart() throws Exception {
    try (var registry = withPassword()) {
      String name = registry.domain() + "/a/b:1";
      try (var client = client(registry)) {
        push(client, name, IMAGE);
        assertThat(client.login(registry.domain(), Login.password(USER, PASSWORD)))
            .isEqualTo(Login.password(USER, PASSWORD));
        var refused = refused(() -> client.login(registry.domain(), Login.password(USER, "wrong")));
        assertThat(refused.category()).isEqualTo(Category.UNAUTHORIZED);
        assertThat(refused).hasMessageContaining(registry.domain() + " does not accept the login");
      }
      credentials.store(registry.domain(), Login.password(USER, "wrong"));
      try (var client = client(registry)) {
        var refused = refused(() -> pull(client, another(), name));
        assertThat(refused.category()).isEqualTo(Category.UNAUTHORIZED);
        assertThat(refused).hasMessageContaining("does not accept the login for " + name);
        assertThat(refused.hint()).contains("password is wrong");
      }
      credentials.erase(registry.domain());
      try (var client = client(registry)) {
        var refused = refused(() -> pull(client, another(), name));
        assertThat(refused.category()).isEqualTo(Category.UNAUTHORIZED);
        assertThat(refused).hasMessageContaining("wants a login for " + name);
        assertThat(refused.hint()).contains("log in to " + registry.domain());
      }
    }
  }

  private static ImageException refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable deed) {
    return catchThrowableOfType(ImageException.class, deed);
  }

  @Test
  void a_certificate_that_nobody_vouches_for_is_refused_at_once() throws Exception {
    try (var registry = withPassword()) {
      String name = registry.domain() + "/a/b:1";
      var events = new ConcurrentLinkedQueue<Event>();
      try (var client = client(RegistryConfig.EMPTY)) {
        var refused =
            refused(() ->
                new Push(client, store)
                    .push(Reference.parse(name), IMAGE.manifest(), List.of(), events::add));
        assertThat(refused)
            .hasMessage(
                "nobody who is trusted here vouches for the certificate of " + registry.domain());
        assertThat(refused.hint()).contains("caFile", "--ca");
        assertThat(events).as("tried again").noneMatch(e -> e instanceof Event.Retrying);
      }
      try (var client = client(RegistryConfig.EMPTY.withInsecure(registry.domain()))) {
        push(client, name, IMAGE);
      }
    }
  }

  @Test
  void a_certificate_for_another_name_is_refused() throws Exception {
    Command.run("ip", "address", "add", ADDRESS + "/32", "dev", "lo");
    try (var registry =
            DockerRegistry.start(
                directory.resolve("registry"), ADDRESS, authority.forRegistry(), "");
        var client = client(registry)) {
      var refused = refused(() -> push(client, registry.domain() + "/a/b:1", IMAGE));
      assertThat(refused)
          .hasMessageStartingWith("the certificate of " + registry.domain() + " is not for it: ");
    } finally {
      Command.run("ip", "address", "delete", ADDRESS + "/32", "dev", "lo");
    }
  }

  @Test
  void plain_http_is_spoken_with_who_is_configured_so() throws Exception {
    Command.run("ip", "address", "add", ADDRESS + "/32", "dev", "lo");
    try (var registry = DockerRegistry.start(directory.resolve("registry"), ADDRESS, "", "")) {
      String name = registry.domain() + "/a/b:1";
      try (var client = client(RegistryConfig.EMPTY)) {
        var refused = refused(() -> push(client, name, IMAGE));
        assertThat(refused).hasMessage(registry.domain() + " does not speak TLS");
        assertThat(refused.hint()).contains("insecure in registries.json", "--insecure");
      }
      try (var client = client(RegistryConfig.EMPTY.withInsecure(registry.domain()))) {
        push(client, name, IMAGE);
        pull(client, another(), name);
        assertWhole(another(), IMAGE);
      }
    } finally {
      Command.run("ip", "address", "delete", ADDRESS + "/32", "dev", "lo");
    }
  }

  @Test
  void a_token_service_is_asked_for_what_is_done() throws Exception {
    try (var service = new TokenService(authority);
        var registry = withTokens(service)) {
      String name = registry.domain() + "/a/b:1";
      try (var client = client(registry)) {
        var nobody = refused(() -> push(client, name, IMAGE));
        assertThat(nobody.category()).isEqualTo(Category.UNAUTHORIZED);
        var wrong = refused(() -> client.login(registry.domain(), Login.password(USER, "wrong")));
        assertThat(wrong.category()).isEqualTo(Category.UNAUTHORIZED);
        assertThat(wrong).hasMessageContaining("wrong password");

        var kept = client.login(registry.domain(), Login.password(USER, PASSWORD));
        assertThat(kept.kind()).isEqualTo(Login.Kind.REFRESH_TOKEN);
        credentials.store(registry.domain(), kept);
      }
      int before = service.scopes().size();
      try (var client = client(registry)) {
        push(client, name, IMAGE);
        pull(client, another(), name);
      }
      assertWhole(another(), IMAGE);
      assertThat(service.scopes().subList(before, service.scopes().size()))
          .containsExactly("repository:a/b:pull,push", "repository:a/b:pull");
      assertThat(skopeo("inspect", "--raw", "docker://" + name).getBytes(UTF_8))
          .isEqualTo(IMAGE.manifestBytes());
    }
  }

  @Test
  void content_is_mounted_from_the_first_repository_that_has_it() throws Exception {
    try (var service = new TokenService(authority);
        var registry = withTokens(service);
        var client = client(registry)) {
      credentials.store(registry.domain(), Login.password(USER, PASSWORD));
      push(client, registry.domain() + "/a/b:1", IMAGE);
      service.forbid("secret/one");

      var events = new ConcurrentLinkedQueue<Event>();
      new Push(client, store)
          .push(
              Reference.parse(registry.domain() + "/new/c:1"),
              IMAGE.manifest(),
              List.of("not/there", "secret/one", "a/b"),
              events::add);

      assertThat(events.stream().filter(e -> e instanceof Event.Mounted))
          .as(events.toString())
          .hasSize(4)
          .allMatch(e -> ((Event.Mounted) e).from().equals("a/b"));
      assertThat(events.stream().filter(e -> e instanceof Event.Progress)).isEmpty();
      pull(client, another(), registry.domain() + "/new/c:1");
      assertWhole(another(), IMAGE);

      new Push(client, store)
          .push(
              Reference.parse(registry.domain() + "/new/d:1"),
              IMAGE.manifest(),
              List.of("secret/one"),
              events::add);
      assertThat(events.stream().filter(e -> e instanceof Event.Progress))
          .as("uploaded")
          .isNotEmpty();
    }
  }

  @Test
  void an_image_is_pulled_by_its_digest() throws Exception {
    try (var registry = withPassword();
        var client = client(registry)) {
      push(client, registry.domain() + "/a/b:1", IMAGE);
      String name = registry.domain() + "/a/b@" + IMAGE.manifest().digest();

      pull(client, another(), name);

      assertWhole(another(), IMAGE);
      assertThat(another().resolve(name)).isPresent();
      var none = registry.domain() + "/a/b@" + Digest.of("nothing".getBytes(UTF_8));
      assertThat(refused(() -> pull(client, another(), none)).category())
          .isEqualTo(Category.NOT_FOUND);
    }
  }

  @Test
  void a_pull_goes_on_when_the_registry_is_killed_and_comes_back() throws Exception {
    var large = Images.amd64(24 << 20, 10);
    try (var registry = withPassword();
        var client = client(registry)) {
      try (var lease = store.lease()) {
        large.store(store, lease);
      }
      push(client, registry.domain() + "/large:1", large);

      var killed = new AtomicBoolean();
      var events = new ConcurrentLinkedQueue<Event>();
      new Pull(client, another(), 1)
          .pull(
              Reference.parse(registry.domain() + "/large:1"),
              PlatformMatch.of(AMD64),
              event -> {
                events.add(event);
                if (half(event) && killed.compareAndSet(false, true)) {
                  again(registry);
                }
              });

      assertWhole(another(), large);
      assertThat(events.stream().filter(e -> e instanceof Event.Retrying)).isNotEmpty();
      assertThat(registry.requests()).anyMatch(line -> line.contains("http.response.status=206"));
    }
  }

  private static boolean half(Event event) {
    return event instanceof Event.Progress(var of, long bytes)
        && of.size() > 1 << 20
        && bytes > of.size() / 2;
  }

  private static void again(DockerRegistry registry) {
    try {
      registry.kill();
      registry.restart();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void the_next_pull_goes_on_where_one_ended_that_lost_its_registry() throws Exception {
    var large = Images.amd64(24 << 20, 10);
    try (var registry = withPassword();
        var client = client(registry)) {
      try (var lease = store.lease()) {
        large.store(store, lease);
      }
      String name = registry.domain() + "/large:1";
      push(client, name, large);
      var lost =
          refused(() ->
              new Pull(client, another(), 1)
                  .pull(
                      Reference.parse(name),
                      PlatformMatch.of(AMD64),
                      event -> {
                        if (half(event)) {
                          kill(registry);
                        }
                      }));
      assertThat(lost.category()).isEqualTo(Category.UNAVAILABLE);
      assertThat(lost).hasMessageStartingWith("cannot reach " + registry.domain());

      registry.restart();
      var first = new ConcurrentLinkedQueue<Long>();
      new Pull(client, another(), 1)
          .pull(
              Reference.parse(name),
              PlatformMatch.of(AMD64),
              event -> {
                if (event instanceof Event.Progress(var of, long bytes) && of.size() > 1 << 20) {
                  first.add(bytes);
                }
              });
      assertWhole(another(), large);
      assertThat(first.element()).isGreaterThan(12 << 20);
    }
  }

  private static void kill(DockerRegistry registry) {
    try {
      registry.kill();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_proxy_gets_its_password_and_makes_a_tunnel() throws Exception {
    try (var registry = withPassword();
        var proxy =
            new TunnelProxy(
                Integer.parseInt(registry.domain().replaceAll(".*:", "")), "someone:pass word")) {
      String domain = "registry.test:5000";
      credentials.store(domain, Login.password(USER, PASSWORD));
      try (var client = through(proxy, "someone:pass%20word")) {
        push(client, domain + "/a/b:1", IMAGE);
        pull(client, another(), domain + "/a/b:1");
      }
      assertWhole(another(), IMAGE);
      assertThat(proxy.asked()).contains("CONNECT registry.test:5000 HTTP/1.1");

      try (var client = through(proxy, "someone:wrong")) {
        var refused = refused(() -> push(client, domain + "/a/b:1", IMAGE));
        assertThat(refused).hasMessage("the proxy on the way to registry.test:5000 wants a login");
        assertThat(refused.hint()).contains("USER:PASSWORD@HOST:PORT");
      }
    }
  }

  private RegistryClient through(TunnelProxy proxy, String login) {
    return RegistryClient.of(
        trusting("registry.test:5000"),
        credentials,
        QUICK,
        Map.of("HTTPS_PROXY", "http://" + login + "@127.0.0.1:" + proxy.port()));
  }
}
