package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import jontainers.image.ImageException;
import jontainers.image.content.ContentStore;
import jontainers.image.content.Images;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.oci.Descriptor;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;
import jontainers.testkit.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A registry names addresses to get a secret, or an answer that only this machine can have.
class HostileRegistryTest {
  private static final Images IMAGE = Images.amd64(5_000);
  private static final Timing QUICK =
      new Timing(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          2,
          Duration.ofMillis(1),
          Duration.ofSeconds(2));
  private static final PlatformMatch AMD64 = PlatformMatch.of(Platform.of("linux", "amd64", null));
  private static final String KEY_PASSWORD = "test-only";

  @TempDir private Path directory;
  private FaultyRegistry registry;
  private FaultyRegistry other;
  private ContentStore store;
  private Credentials credentials;

  @BeforeEach
  void open() throws Exception {
    registry = new FaultyRegistry();
    other = new FaultyRegistry();
    store = ContentStore.open(directory.resolve("store"));
    credentials = Credentials.of(directory.resolve("config.json"));
    try (var lease = store.lease()) {
      IMAGE.store(store, lease);
      store.name("the image", IMAGE.manifest());
    }
  }

  @AfterEach
  void close() {
    registry.close();
    other.close();
  }

  private RegistryClient client(RegistryConfig config, Map<String, String> environment) {
    return RegistryClient.of(config, credentials, QUICK, environment);
  }

  private void push(String domain, RegistryConfig config) throws ImageException {
    try (var client = client(config, Map.of())) {
      new Push(client, store)
          .push(Reference.parse(domain + "/a:1"), IMAGE.manifest(), List.of(), event -> {});
    }
  }

  private void pull(String name, RegistryConfig config, Map<String, String> environment)
      throws ImageException {
    try (var client = client(config, environment)) {
      new Pull(client, store, 1).pull(Reference.parse(name), AMD64, TransferListener.NONE);
    }
  }

  /// Make a registry of TLS with a certificate that nobody vouches for.
  private FaultyRegistry secure() throws Exception {
    var file = directory.resolve("key.p12");
    if (!Files.exists(file)) {
      String words =
          "-genkeypair -alias a -keyalg EC -dname CN=localhost -validity 2 -storetype PKCS12"
              + " -storepass %s -keystore %s".formatted(KEY_PASSWORD, file);
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
      command.addAll(List.of(words.split(" ")));
      Command.run(command.toArray(String[]::new));
    }
    var keys = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(file)) {
      keys.load(in, KEY_PASSWORD.toCharArray());
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, KEY_PASSWORD.toCharArray());
    var context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return FaultyRegistry.secure(context);
  }

  @Test
  void an_upload_to_a_registry_of_tls_never_goes_on_in_clear_text() throws Exception {
    try (var secure = secure()) {
      String plain = "http://" + other.domain() + "/v2/a/blobs/uploads/1";
      secure.fail("/blobs/uploads/", FaultyRegistry.status(202, "Location", plain));
      var config = RegistryConfig.EMPTY.withInsecure(secure.domain());

      assertThatThrownBy(() -> push(secure.domain(), config))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("names for upload an address that is not allowed: " + plain)
          .hasMessageContaining("not encrypted");

      assertThat(other.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "gopher://localhost/", "//", "http://", "a b", " "})
  void an_upload_goes_to_an_address_of_http_alone(String location) {
    registry.fail("/blobs/uploads/", FaultyRegistry.status(202, "Location", location));

    assertThatThrownBy(() -> push(registry.domain(), RegistryConfig.EMPTY))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("names for upload an address that is not allowed");
  }

  /// The registry is elsewhere, reached through a proxy; what is on this machine is none of its
  /// business.
  @Test
  void a_document_of_another_machine_leads_to_nothing_on_this_one() throws Exception {
    var layer = IMAGE.layerDescriptors().getFirst();
    var urls = new ArrayList<String>();
    String port = other.domain().replaceFirst(".*:", ":");
    for (String host :
        List.of(
            "127.0.0.1",
            "localhost",
            "127.1",
            "2130706433",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "a.localhost",
            "localhost.",
            "LOCALHOST")) {
      urls.add("http://" + host + port + "/secret");
      urls.add("https://" + host + port + "/secret");
    }
    var foreign =
        new Descriptor(
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            jontainers.oci.Digest.of("another".getBytes(UTF_8)),
            layer.size(),
            urls,
            Map.of(),
            null,
            null,
            null);
    byte[] manifest = Manifest.of(IMAGE.config(), List.of(foreign)).toJson().getBytes(UTF_8);
    registry.blob("f", IMAGE.config(), IMAGE.configBytes());
    registry.manifest("f", "1", MediaTypes.MANIFEST, manifest);
    var config = RegistryConfig.EMPTY.withInsecure("192.0.2.9");
    var proxy = Map.of("http_proxy", "http://" + registry.domain());

    assertThatThrownBy(() -> pull("192.0.2.9/f:1", config, proxy))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("an address that is not allowed");

    assertThat(other.requests()).isEmpty();
    assertThat(registry.requests()).noneMatch(request -> request.contains("/secret"));
  }

  @Test
  void a_redirect_of_another_machine_leads_to_nothing_on_this_one() {
    String location = "http://" + other.domain() + "/secret";
    registry.fail("/manifests/1", FaultyRegistry.status(307, "Location", location));
    var config = RegistryConfig.EMPTY.withInsecure("192.0.2.9");

    assertThatThrownBy(() ->
            pull("192.0.2.9/f:1", config, Map.of("http_proxy", "http://" + registry.domain())))
        .hasMessageContaining("names for redirect an address that is not allowed: " + location);

    assertThat(other.requests()).isEmpty();
  }

  /// A metadata service of a cloud, say.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest",
        "https://169.254.169.254/latest",
        "https://[fe80::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://0.0.0.0/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://224.0.0.1/"
      })
  void no_registry_leads_to_what_only_this_machine_reaches(String address) {
    for (var proxies : List.of(Map.<String, String>of(), Map.of("https_proxy", "http://p:1"))) {
      var policy =
          new RequestPolicy(RegistryConfig.EMPTY, new Transport.EnvironmentProxies(proxies));
      var from = URI.create("http://192.0.2.9/v2/");

      assertThatThrownBy(() -> policy.named("192.0.2.9", from, "redirect", address))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("an address that is not allowed");
      assertThatThrownBy(() -> policy.foreign("192.0.2.9", "sha256:x", address))
          .isInstanceOf(ImageException.class);
    }
  }

  @Test
  void a_refresh_token_follows_no_redirect_to_another_host() throws Exception {
    var bodies = new ConcurrentLinkedQueue<String>();
    other.guard(exchange -> {
      bodies.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
      FaultyRegistry.send(exchange, 200, "{\"token\":\"x\"}".getBytes(UTF_8));
    });
    String realm = "Bearer realm=\"http://" + registry.domain() + "/token\",service=\"s\"";
    registry.fail("/manifests/1", FaultyRegistry.status(401, "WWW-Authenticate", realm));
    registry.fail(
        "/token", FaultyRegistry.status(307, "Location", "http://" + other.domain() + "/token"));
    credentials.store(registry.domain(), new Login("me", "the-secret", Login.Kind.REFRESH_TOKEN));

    assertThatThrownBy(() -> pull(registry.domain() + "/f:1", RegistryConfig.EMPTY, Map.of()))
        .hasMessageContaining("the request has a secret");

    assertThat(bodies).isEmpty();
  }

  @Test
  void a_password_goes_to_no_token_service_in_clear_text() throws Exception {
    try (var secure = secure()) {
      String realm = "Bearer realm=\"http://" + other.domain() + "/token\",service=\"s\"";
      secure.fail("/manifests/1", FaultyRegistry.status(401, "WWW-Authenticate", realm));
      var config = RegistryConfig.EMPTY.withInsecure(secure.domain());
      credentials.store(secure.domain(), Login.password("me", "the-secret"));

      assertThatThrownBy(() -> pull(secure.domain() + "/f:1", config, Map.of()))
          .hasMessageContaining("names for token service an address that is not allowed");

      assertThat(other.requests()).isEmpty();
    }
  }

  @Test
  void a_login_reads_no_endless_answer() throws Exception {
    var sent = new AtomicLong();
    registry.guard(exchange -> {
      if (exchange.getRequestURI().getPath().equals("/v2/")) {
        exchange.sendResponseHeaders(200, 0);
        try {
          byte[] piece = FaultyRegistry.filled(1 << 16);
          while (sent.get() < 1 << 28) {
            exchange.getResponseBody().write(piece);
            sent.addAndGet(piece.length);
          }
        } catch (IOException e) {
          // the client has heard enough
        }
      }
    });
    try (var client = client(RegistryConfig.EMPTY, Map.of())) {
      var login = Login.password("me", "pw");

      assertThat(client.login(registry.domain(), login)).isEqualTo(login);
    }
    assertThat(sent.get()).isLessThan(32 << 20);
  }

  @Test
  void content_that_is_too_large_to_use_is_not_fetched() throws Exception {
    var large = IMAGE.layerDescriptors().getFirst();
    for (long size : new long[] {1L << 40, Long.MAX_VALUE}) {
      String manifest =
          new String(IMAGE.manifestBytes(), UTF_8)
              .replaceFirst("\"size\":\\s*" + large.size() + "\\b", "\"size\":" + size);
      registry.put("f", "1", IMAGE);
      registry.manifest("f", "1", MediaTypes.MANIFEST, manifest.getBytes(UTF_8));

      assertThatThrownBy(() -> pull(registry.domain() + "/f:1", RegistryConfig.EMPTY, Map.of()))
          .hasMessageContaining("has more than 8")
          .hasMessageContaining("bytes: " + size);
    }
    String manifest =
        new String(IMAGE.manifestBytes(), UTF_8)
            .replaceFirst(
                "\"size\":\\s*" + IMAGE.config().size() + "\\b", "\"size\":" + (1L << 33));
    registry.manifest("f", "1", MediaTypes.MANIFEST, manifest.getBytes(UTF_8));

    assertThatThrownBy(() -> pull(registry.domain() + "/f:1", RegistryConfig.EMPTY, Map.of()))
        .hasMessageContaining("the configuration has more than 16777216 bytes");

    assertThat(registry.requests()).noneMatch(request -> request.contains("/blobs/"));
  }

  @Test
  void a_default_port_that_is_spelled_out_is_the_same_origin() {
    assertThat(same("https://q.io/a", "https://q.io:443/b")).isTrue();
    assertThat(same("http://q.io:80/a", "HTTP://Q.IO/b")).isTrue();
    assertThat(same("https://q.io/", "https://q.io:444/")).isFalse();
    assertThat(same("https://q.io:80/", "http://q.io/")).isFalse();
    assertThat(same("https://q.io/", "https://q.io.evil/")).isFalse();
  }

  private static boolean same(String one, String other) {
    return RequestPolicy.isSameOrigin(URI.create(one), URI.create(other));
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 201, 202, 204})
  void what_a_registry_takes_for_later_is_pushed(int status) throws Exception {
    registry.fail("/manifests/1", FaultyRegistry.status(status));

    push(registry.domain(), RegistryConfig.EMPTY);

    assertThat(registry.requests()).contains("PUT /v2/a/manifests/1");
  }

  @ParameterizedTest
  @ValueSource(ints = {405, 501})
  void a_registry_that_knows_no_head_is_sent_all(int status) throws Exception {
    var refused = FaultyRegistry.status(status);
    registry.guard(exchange -> {
      if (exchange.getRequestMethod().equals("HEAD")) {
        refused.answer(exchange);
      }
    });

    push(registry.domain(), RegistryConfig.EMPTY);

    assertThat(registry.stored("/v2/a/manifests/1")).isEqualTo(IMAGE.manifestBytes());
  }

  @Test
  void an_image_for_everybody_comes_without_a_helper_that_is_not_installed() throws Exception {
    registry.put("f", "1", IMAGE);
    String realm = "Bearer realm=\"http://" + registry.domain() + "/token\",service=\"s\"";
    registry.fail("/manifests/1", FaultyRegistry.status(401, "WWW-Authenticate", realm));
    registry.fail("/token", FaultyRegistry.bytes("{\"token\":\"x\"}".getBytes(UTF_8)));
    var file = directory.resolve("config.json");
    Files.writeString(file, "{\"credsStore\":\"that-is-not-there\"}");
    var warnings = new ArrayList<String>();
    credentials = Credentials.of(file).warning(warnings::add);

    pull(registry.domain() + "/f:1", RegistryConfig.EMPTY, Map.of());

    assertThat(store.resolve(registry.domain() + "/f:1")).isPresent();
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("docker-credential-that-is-not-there", "going on without a login");
    assertThatThrownBy(() -> credentials.store("q.io", Login.password("me", "pw")))
        .hasMessageContaining("cannot run docker-credential-that-is-not-there");
  }
}
