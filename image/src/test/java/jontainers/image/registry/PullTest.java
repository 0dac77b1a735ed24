package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.content.ContentStore;
import jontainers.image.content.Images;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A pull ends with the image or with one clear error, whatever the registry does.
class PullTest {
  private static final Images IMAGE = Images.amd64(100_000, 10, 70_000);
  private static final Timing QUICK =
      new Timing(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          3,
          Duration.ofMillis(1),
          Duration.ofSeconds(2));
  private static final PlatformMatch AMD64 = PlatformMatch.of(Platform.of("linux", "amd64", null));

  @TempDir private Path directory;
  private FaultyRegistry registry;
  private ContentStore store;

  @BeforeEach
  void open() throws Exception {
    registry = new FaultyRegistry();
    registry.put("a/b", "1", IMAGE);
    store = ContentStore.open(directory.resolve("store"));
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private Pull.Pulled pull(String name) throws ImageException {
    return pull(name, RegistryConfig.EMPTY, QUICK);
  }

  private Pull.Pulled pull(String name, RegistryConfig config, Timing timing)
      throws ImageException {
    return pull(name, AMD64, config, timing);
  }

  private Pull.Pulled pull(
      String name, PlatformMatch platform, RegistryConfig config, Timing timing)
      throws ImageException {
    var credentials = Credentials.of(directory.resolve("config.json"));
    try (var client = RegistryClient.of(config, credentials, timing, Map.of())) {
      return new Pull(client, store, 3)
          .pull(Reference.parse(registry.domain() + name), platform, TransferListener.NONE);
    }
  }

  private void assertWhole() throws ImageException {
    assertThat(store.fsck()).isEmpty();
    var name = registry.domain() + "/a/b:1";
    assertThat(store.resolve(name).orElseThrow().digest()).isEqualTo(IMAGE.manifest().digest());
    for (int i = 0; i < IMAGE.layers().size(); i++) {
      assertThat(store.read(IMAGE.layerDescriptors().get(i))).isEqualTo(IMAGE.layers().get(i));
    }
  }

  private ImageException refused(Category category, String words) throws ImageException {
    var error = catchThrowableOfType(ImageException.class, () -> pull("/a/b:1"));
    assertThat(error).hasMessageContaining(words);
    assertThat(error.category()).isEqualTo(category);
    assertThat(store.references()).isEmpty();
    store.collect(Duration.ZERO, ContentStore.Dependents.NONE);
    assertThat(store.fsck()).isEmpty();
    return error;
  }

  private static String layer(int number) {
    return IMAGE.layerDescriptors().get(number).digest().toString();
  }

  @Test
  void an_image_is_pulled_with_all_its_layers() throws Exception {
    pull("/a/b:1");
    assertWhole();
    int requests = registry.requests().size();
    pull("/a/b:1");
    assertThat(registry.requests().subList(requests, registry.requests().size()))
        .as("content that is here is not fetched again")
        .noneMatch(request -> request.contains("/blobs/"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_383, 65_536, 99_999})
  void a_layer_is_gone_on_with_where_the_connection_was_cut(int after) throws Exception {
    registry.fail(layer(0), FaultyRegistry.cut(IMAGE.layers().get(0), after));
    pull("/a/b:1");
    assertWhole();
    if (after > 16_383) {
      assertThat(registry.requests()).anyMatch(request -> request.contains(" bytes="));
    }
  }

  @Test
  void a_connection_that_is_cut_often_but_brings_something_is_no_failure() throws Exception {
    byte[] bytes = IMAGE.layers().get(0);
    var cut = FaultyRegistry.cut(bytes, 20_000);
    registry.fail(layer(0), cut, cut, cut, cut);
    pull("/a/b:1");
    assertWhole();
  }

  @Test
  void a_layer_that_a_failed_pull_fetched_whole_is_not_fetched_again() throws Exception {
    var first = store.blob(IMAGE.layerDescriptors().get(0).digest());
    registry.fail(
        layer(2),
        exchange -> {
          while (!Files.exists(first)) {
            Thread.onSpinWait();
          }
          FaultyRegistry.status(403).answer(exchange);
        });
    assertThat(catchThrowableOfType(ImageException.class, () -> pull("/a/b:1"))).isNotNull();
    assertThat(store.fsck()).isEmpty();
    int requests = registry.requests().size();
    pull("/a/b:1");
    assertWhole();
    assertThat(registry.requests().subList(requests, registry.requests().size()))
        .noneMatch(request -> request.contains(layer(0)));
  }

  @Test
  void what_a_failed_pull_fetched_the_next_one_goes_on_with() throws Exception {
    byte[] bytes = IMAGE.layers().get(0);
    registry.fail(layer(0), FaultyRegistry.cut(bytes, 40_000), FaultyRegistry.status(403));
    assertThat(catchThrowableOfType(ImageException.class, () -> pull("/a/b:1")).category())
        .isEqualTo(Category.FORBIDDEN);
    assertThat(store.references()).isEmpty();
    int requests = registry.requests().size();
    pull("/a/b:1");
    assertWhole();
    assertThat(registry.requests().subList(requests, registry.requests().size()))
        .anyMatch(request -> request.contains(layer(0) + " bytes="));
  }

  @Test
  void a_registry_that_sends_another_range_is_not_believed() throws Exception {
    byte[] bytes = IMAGE.layers().get(0);
    registry.fail(
        layer(0),
        FaultyRegistry.cut(bytes, 40_000),
        FaultyRegistry.status(206, "Content-Range", "bytes 7-99999/100000"));
    pull("/a/b:1"); // begun anew
    assertWhole();
  }

  @Test
  void a_registry_that_knows_no_ranges_is_asked_for_all() throws Exception {
    byte[] bytes = IMAGE.layers().get(0);
    registry.fail(layer(0), FaultyRegistry.cut(bytes, 40_000), FaultyRegistry.bytes(bytes));
    pull("/a/b:1");
    assertWhole();
  }

  @Test
  void wrong_content_is_refused() throws Exception {
    byte[] wrong = IMAGE.layers().get(0).clone();
    wrong[500] ^= 1;
    registry.blob("a/b", IMAGE.layerDescriptors().get(0), wrong);
    refused(Category.INVALID, "is in fact sha256:");
  }

  @Test
  void content_of_a_wrong_length_is_refused() throws Exception {
    byte[] right = IMAGE.layers().get(0);
    registry.blob("a/b", IMAGE.layerDescriptors().get(0), Arrays.copyOf(right, 99_000));
    refused(Category.INVALID, "has 99000 bytes and should have 100000");
  }

  @Test
  void a_manifest_that_is_not_what_its_digest_says_is_refused() throws Exception {
    byte[] other = Images.amd64(3).manifestBytes();
    registry.fail(
        "/manifests/1",
        exchange -> {
          exchange
              .getResponseHeaders()
              .set("Docker-Content-Digest", IMAGE.manifest().digest().toString());
          FaultyRegistry.send(exchange, 200, other);
        });
    refused(Category.INVALID, "should be sha256:");
  }

  @Test
  void oversized_and_obsolete_manifests_are_refused() throws Exception {
    registry.manifest(
        "a/b", "1", MediaTypes.MANIFEST, FaultyRegistry.filled(ContentStore.LARGEST_DOCUMENT + 1));
    refused(Category.INVALID, "is larger than 16777216 bytes");
    registry.manifest(
        "a/b",
        "1",
        "application/vnd.docker.distribution.manifest.v1+json",
        "{\"schemaVersion\":1,\"fsLayers\":[]}".getBytes(UTF_8));
    refused(Category.UNSUPPORTED, "schema 1");
    registry.manifest("a/b", "1", MediaTypes.INDEX, IMAGE.manifestBytes());
    refused(Category.UNSUPPORTED, "contradicts its type");
    registry.manifest("a/b", "1", MediaTypes.MANIFEST, "<html>".getBytes(UTF_8));
    refused(Category.INVALID, "is not valid");
  }

  @Test
  void a_registrys_no_is_told_by_its_category() throws Exception {
    registry.fail("/manifests/1", FaultyRegistry.status(401));
    assertThat(refused(Category.UNAUTHORIZED, "wants a login").hint()).contains("log in to");
    registry.fail("/manifests/1", FaultyRegistry.status(403));
    refused(Category.FORBIDDEN, "denies");
    registry.fail("/manifests/1", FaultyRegistry.status(404));
    refused(Category.NOT_FOUND, "not found: " + registry.domain() + "/a/b:1");
    var bad = FaultyRegistry.status(503);
    registry.fail("/manifests/1", bad, bad, bad);
    refused(Category.UNAVAILABLE, "answers 503");
    registry.fail("/manifests/1", FaultyRegistry.status(429, "Retry-After", "3600"));
    refused(Category.UNAVAILABLE, "too many requests");
  }

  @Test
  void a_registry_that_is_busy_for_a_moment_is_asked_again() throws Exception {
    registry.fail(
        "/manifests/1", FaultyRegistry.status(429, "Retry-After", "0"), FaultyRegistry.status(502));
    registry.fail(layer(1), FaultyRegistry.status(500), FaultyRegistry.status(503));
    pull("/a/b:1");
    assertWhole();
  }

  @Test
  void redirects_lead_to_other_hosts_without_credentials() throws Exception {
    try (var other = new FaultyRegistry()) {
      other.blob("a/b", IMAGE.layerDescriptors().get(0), IMAGE.layers().get(0));
      var seen = new java.util.concurrent.ConcurrentLinkedQueue<String>();
      other.guard(exchange ->
          seen.add("other " + exchange.getRequestHeaders().containsKey("Authorization")));
      registry.guard(exchange -> {
        if (!exchange.getRequestHeaders().containsKey("Authorization")) {
          FaultyRegistry.status(401, "WWW-Authenticate", "Basic realm=\"x\"").answer(exchange);
        }
      });
      String location = "http://" + other.domain() + "/v2/a/b/blobs/" + layer(0);
      registry.fail(layer(0), FaultyRegistry.status(307, "Location", location));
      Credentials.of(directory.resolve("config.json"))
          .store(registry.domain(), Login.password("me", "secret"));
      pull("/a/b:1");
      assertWhole();
      assertThat(seen).containsOnly("other false");
    }
  }

  @Test
  void a_loop_of_redirects_ends() throws Exception {
    String path = "/v2/a/b/manifests/1";
    var loop = new FaultyRegistry.Fault[12];
    Arrays.fill(loop, FaultyRegistry.status(302, "Location", path));
    registry.fail("/manifests/1", loop);
    refused(Category.INVALID, "redirects more than 10 times");
    registry.fail("/manifests/1", FaultyRegistry.status(302, "Location", "file:///etc/passwd"));
    refused(Category.INVALID, "is not allowed");
  }

  @Test
  void a_registry_that_stops_talking_is_given_up() throws Exception {
    var impatient =
        new Timing(
            Duration.ofSeconds(5),
            Duration.ofMillis(1500),
            1,
            Duration.ofMillis(1),
            Duration.ofSeconds(1));
    var end = new CountDownLatch(1);
    registry.fail(
        layer(0),
        exchange -> {
          exchange.sendResponseHeaders(200, 100_000);
          exchange.getResponseBody().write(7);
          exchange.getResponseBody().flush();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    var error =
        catchThrowableOfType(
            ImageException.class, () -> pull("/a/b:1", RegistryConfig.EMPTY, impatient));
    end.countDown();
    assertThat(error).hasMessageContaining("nothing came");
    assertThat(error.category()).isEqualTo(Category.UNAVAILABLE);
  }

  @Test
  void the_image_of_the_platform_is_taken_from_an_index() throws Exception {
    var arm = Images.image(Platform.of("linux", "arm64", "v8"), 5);
    byte[] index = Images.index(arm, IMAGE);
    registry.manifest("a/b", "all", MediaTypes.INDEX, index);
    var pulled = pull("/a/b:all");
    assertThat(pulled.manifest().digest()).isEqualTo(IMAGE.manifest().digest());
    assertThat(pulled.target()).isEqualTo(Descriptor.of(MediaTypes.INDEX, index));
    assertThat(store.fsck()).isEmpty();

    registry.manifest("a/b", "arm", MediaTypes.INDEX, Images.index(arm));
    var error = catchThrowableOfType(ImageException.class, () -> pull("/a/b:arm"));
    assertThat(error).hasMessageContaining("is not there for linux/amd64");
    assertThat(error.hint()).isEqualTo("it is there for linux/arm64/v8");
  }

  @Test
  void what_an_index_says_of_a_platform_is_not_asked_of_the_configuration_again() throws Exception {
    var v6 = Platform.of("linux", "arm", "v6");
    var old = Images.image(v6, 5); // its configuration has no variant, which means v7
    registry.put("a/b", "old", old);
    registry.manifest("a/b", "all", MediaTypes.INDEX, Images.index(IMAGE, old));

    var pulled = pull("/a/b:all", PlatformMatch.of(v6), RegistryConfig.EMPTY, QUICK);

    assertThat(pulled.manifest().digest()).isEqualTo(old.manifest().digest());
    var error =
        catchThrowableOfType(
            ImageException.class,
            () -> pull("/a/b:old", PlatformMatch.of(v6), RegistryConfig.EMPTY, QUICK));
    assertThat(error).hasMessageContaining("is for linux/arm and not for linux/arm/v6");
  }

  @Test
  void a_token_is_asked_for_once_for_each_repository() throws Exception {
    registry.guard(exchange -> {
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/token")) {
        assertThat(exchange.getRequestURI().getQuery())
            .contains("scope=repository:a/b:pull", "service=here");
        FaultyRegistry.send(exchange, 200, "{\"token\":\"abc\"}".getBytes(UTF_8));
      } else if (!"Bearer abc".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        FaultyRegistry.status(
                401,
                "WWW-Authenticate",
                "Bearer realm=\"http://" + registry.domain() + "/token\",service=\"here\"")
            .answer(exchange);
      }
    });
    pull("/a/b:1");
    assertWhole();
    assertThat(registry.requests().stream().filter(r -> r.equals("GET /token"))).hasSize(1);
  }

  @Test
  void a_mirror_is_asked_first_and_the_registry_has_the_last_word() throws Exception {
    try (var mirror = new FaultyRegistry()) {
      var config =
          RegistryConfig.parse(
              "{\"registries\":[{\"prefix\":\"%s\",\"mirrors\":[\"%s/cache\"]}]}"
                  .formatted(registry.domain(), mirror.domain()),
              "registries.json");
      pull("/a/b:1", config, QUICK);
      assertWhole();
      assertThat(mirror.requests()).contains("GET /v2/cache/a/b/manifests/1");

      int before = registry.requests().size();
      var other = Images.amd64(7);
      mirror.put("cache/a/b", "2", other);
      pull("/a/b:2", config, QUICK);
      assertThat(registry.requests()).hasSize(before);
    }
  }

  @Test
  void an_image_is_pushed_with_its_children_and_content_is_mounted() throws Exception {
    var arm = Images.image(Platform.of("linux", "arm64", null), 5);
    byte[] index = Images.index(arm, IMAGE);
    var target = Descriptor.of(MediaTypes.INDEX, index);
    try (var lease = store.lease();
        var client =
            RegistryClient.of(
                RegistryConfig.EMPTY,
                Credentials.of(directory.resolve("config.json")),
                QUICK,
                Map.of())) {
      arm.store(store, lease);
      IMAGE.store(store, lease);
      store.put(lease, target, index);
      var events = new java.util.concurrent.ConcurrentLinkedQueue<TransferListener.Event>();
      new Push(client, store)
          .push(
              Reference.parse(registry.domain() + "/new/c:x"), target, List.of("a/b"), events::add);
      assertThat(events.stream().filter(e -> e instanceof TransferListener.Event.Mounted))
          .hasSize(4);
    }
    assertThat(registry.stored("/v2/new/c/manifests/x")).isEqualTo(index);
    assertThat(registry.stored("/v2/new/c/blobs/" + arm.config().digest()))
        .isEqualTo(arm.configBytes());
    assertThat(registry.stored("/v2/new/c/blobs/" + layer(2))).isEqualTo(IMAGE.layers().get(2));
  }

  @Test
  void a_layer_that_its_registry_does_not_have_comes_from_its_addresses() throws Exception {
    byte[] bytes = IMAGE.layers().get(0);
    try (var elsewhere = new FaultyRegistry()) {
      String path = "http://" + elsewhere.domain() + "/v2/x/blobs/";
      var foreign =
          new Descriptor(
              "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
              Digest.of(bytes),
              bytes.length,
              List.of(path + "not-there", path + Digest.of(bytes)),
              Map.of(),
              null,
              null,
              null);
      elsewhere.blob("x", foreign, bytes);
      var seen = new java.util.concurrent.ConcurrentLinkedQueue<Boolean>();
      elsewhere.guard(
          exchange -> seen.add(exchange.getRequestHeaders().containsKey("Authorization")));
      var one = Images.amd64(100_000);
      byte[] manifest = Manifest.of(one.config(), List.of(foreign)).toJson().getBytes(UTF_8);
      registry.blob("f", one.config(), one.configBytes());
      registry.manifest("f", "1", MediaTypes.MANIFEST, manifest);
      elsewhere.fail(Digest.of(bytes).toString(), FaultyRegistry.cut(bytes, 40_000));

      pull("/f:1");

      assertThat(store.read(foreign)).isEqualTo(bytes);
      assertThat(store.fsck()).isEmpty();
      assertThat(seen).containsOnly(false);
    }
  }

  @Test
  void a_proxy_for_plain_http_gets_its_password() throws Exception {
    registry.guard(exchange -> {
      if (!Login.password("me", "pass word")
          .basic()
          .equals(exchange.getRequestHeaders().getFirst("Proxy-Authorization"))) {
        FaultyRegistry.status(407, "Proxy-Authenticate", "Basic realm=\"x\"").answer(exchange);
      }
    });
    pullThrough("me:pass%20word@");
    assertThat(store.fsck()).isEmpty();
    var refused = catchThrowableOfType(ImageException.class, () -> pullThrough(""));
    assertThat(refused.category()).isEqualTo(Category.UNAUTHORIZED);
    assertThat(refused).hasMessageContaining("the proxy on the way to registry.test wants a login");
  }

  private void pullThrough(String login) throws ImageException {
    try (var client =
        RegistryClient.of(
            RegistryConfig.EMPTY.withInsecure("registry.test"),
            Credentials.of(directory.resolve("config.json")),
            QUICK,
            Map.of("HTTP_PROXY", "http://" + login + registry.domain()))) {
      new Pull(client, store, 3)
          .pull(Reference.parse("registry.test/a/b:1"), AMD64, TransferListener.NONE);
    }
  }

  @Test
  void a_registry_that_takes_nothing_more_is_given_up() throws Exception {
    var large = Images.amd64(32 << 20);
    var impatient =
        new Timing(
            Duration.ofSeconds(5),
            Duration.ofMillis(500),
            1,
            Duration.ofMillis(1),
            Duration.ofSeconds(1));
    var end = new CountDownLatch(1);
    registry.fail(
        "/blobs/uploads/1",
        exchange -> {
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    try (var lease = store.lease();
        var client =
            RegistryClient.of(
                RegistryConfig.EMPTY,
                Credentials.of(directory.resolve("config.json")),
                impatient,
                Map.of())) {
      large.store(store, lease);
      var error =
          catchThrowableOfType(
              ImageException.class,
              () ->
                  new Push(client, store)
                      .push(
                          Reference.parse(registry.domain() + "/large:1"),
                          large.manifest(),
                          List.of(),
                          TransferListener.NONE));
      assertThat(error).hasMessageContaining("nothing was taken");
    } finally {
      end.countDown();
    }
  }
}
