package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.content.ContentStore;
import jontainers.image.content.Ingest;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.image.name.RegistryConfig.Place;
import jontainers.image.registry.Authorization.Scope;
import jontainers.linux.ThisProcess;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.ManifestKind;
import jontainers.oci.MediaTypes;
import jontainers.oci.OciFormatException;

/// Ask registries: the distribution specification 1.1, with Docker's tokens.
///
/// Safe for any thread; blocks. The HTTP client, which is heavy, is made by the first request.
public final class RegistryClient implements AutoCloseable {
  private static final int PIECE = 1 << 16;

  /// What registries answer where they have taken something: 201 is the specification's, 202 that
  /// of those which look at it later.
  private static final int[] TAKEN = {200, 201, 202, 204};

  private static final List<String> MANIFESTS =
      List.of(
          MediaTypes.INDEX,
          MediaTypes.DOCKER_INDEX,
          MediaTypes.MANIFEST,
          MediaTypes.DOCKER_MANIFEST,
          "*/*;q=0.1");

  private final RegistryConfig config;
  private final Timing timing;
  private final Transport transport;
  private final Authorization authorization;
  private final Map<String, URI> bases = new ConcurrentHashMap<>();

  private RegistryClient(
      RegistryConfig config,
      Credentials credentials,
      Timing timing,
      Map<String, String> environment) {
    this.config = config;
    this.timing = timing;
    this.transport = new Transport(config, timing, environment);
    this.authorization = new Authorization(transport, credentials);
  }

  /// Make a client with the logins of the user and no particular registries.
  public static RegistryClient ofUser() {
    var environment = ThisProcess.environment();
    return of(RegistryConfig.EMPTY, Credentials.ofUser(environment), Timing.USUAL, environment);
  }

  /// Make a client.
  ///
  /// @param environment for HTTP_PROXY, HTTPS_PROXY and NO_PROXY
  public static RegistryClient of(
      RegistryConfig config,
      Credentials credentials,
      Timing timing,
      Map<String, String> environment) {
    return new RegistryClient(config, credentials, timing, environment);
  }

  RegistryConfig config() {
    return config;
  }

  Timing timing() {
    return timing;
  }

  /// A manifest or index as a registry has it, verified against its digest.
  record Document(Descriptor descriptor, ManifestKind kind, byte[] bytes) {}

  /// Try a login.
  ///
  /// @return what to keep: the login itself, or the refresh token that the registry gave for it
  public Login login(String domain, Login login) throws ImageException {
    var fresh = authorization.with(login);
    return Retry.of(
        timing,
        TransferListener.NONE,
        domain,
        () -> {
          var place = new Place(domain, "");
          require(place, "login", send(fresh, Scope.of(place, ""), get(domain, "")), 200)
              .body()
              .close();
          return fresh.refreshed().orElse(login);
        });
  }

  /// Fetch a manifest or index.
  ///
  /// @param selector a tag or digest
  Document manifest(Place place, String selector, TransferListener listener) throws ImageException {
    String what =
        place.domain() + "/" + place.path() + (selector.contains(":") ? "@" : ":") + selector;
    return Retry.of(
        timing,
        listener,
        place.domain(),
        () -> {
          var builder = get(place.domain(), place.path() + "/manifests/" + selector);
          MANIFESTS.forEach(type -> builder.header("Accept", type));
          var response = require(place, what, send(Scope.of(place, "pull"), builder), 200);
          byte[] bytes;
          try (var in = response.body()) {
            bytes = in.readNBytes(ContentStore.LARGEST_DOCUMENT + 1);
          }
          if (bytes.length > ContentStore.LARGEST_DOCUMENT) {
            throw new ImageException(
                Category.INVALID,
                "manifest of "
                    + what
                    + " is larger than "
                    + ContentStore.LARGEST_DOCUMENT
                    + " bytes",
                "");
          }
          return document(what, selector, response, bytes);
        });
  }

  private static Document document(
      String what, String selector, HttpResponse<?> response, byte[] bytes) throws ImageException {
    try {
      var asked =
          selector.contains(":")
              ? Optional.of(selector)
              : response.headers().firstValue("Docker-Content-Digest");
      var expected = asked.map(Digest::parse);
      var algorithm = expected.map(Digest::algorithm).orElse(Digest.Algorithm.SHA256);
      var computation = algorithm.computation();
      computation.update(bytes);
      var digest = Digest.of(algorithm, computation);
      if (expected.isPresent() && !expected.get().equals(digest)) {
        throw new ImageException(
            Category.INVALID,
            "manifest of " + what + " should be " + expected.get() + " and is " + digest,
            "");
      }
      String type =
          response.headers().firstValue("Content-Type").orElse("").replaceFirst("\\s*;.*", "");
      var kind = ManifestKind.of(bytes);
      boolean vague = type.isEmpty() || type.equals("application/json") || type.startsWith("text/");
      if (!vague && !kind.isCalled(type)) {
        throw new ImageException(
            Category.UNSUPPORTED, "manifest of " + what + " contradicts its type " + type, "");
      }
      String mediaType = vague ? kind.ociMediaType() : type;
      return new Document(Descriptor.of(mediaType, digest, bytes.length), kind, bytes);
    } catch (OciFormatException e) {
      boolean old = String.valueOf(e.getMessage()).contains("schema 1");
      throw new ImageException(
          old ? Category.UNSUPPORTED : Category.INVALID,
          what + ": " + e.getMessage(),
          old ? "push the image again with a current tool" : "",
          e);
    }
  }

  /// Fetch content into an ingest, going on where it was cut off, and publish it.
  void blob(Place place, Ingest ingest, TransferListener listener) throws ImageException {
    String what = ingest.descriptor().digest() + " of " + place.domain() + "/" + place.path();
    var question =
        (Question)
            () -> {
              var builder =
                  get(place.domain(), place.path() + "/blobs/" + ingest.descriptor().digest());
              return send(Scope.of(place, "pull"), range(builder, ingest));
            };
    blob(place, what, question, ingest, listener);
  }

  /// Fetch a layer that a registry need not have from elsewhere, as nobody.
  ///
  /// @param domain the registry whose document names the address
  void foreign(String domain, String address, Ingest ingest, TransferListener listener)
      throws ImageException {
    var uri = transport.policy().foreign(domain, ingest.descriptor().digest(), address);
    String host = uri.getAuthority();
    var question =
        (Question) () -> transport.send(host, range(HttpRequest.newBuilder(uri).GET(), ingest));
    blob(new Place(host, ""), uri.toString(), question, ingest, listener);
  }

  /// Something asked of a server.
  private interface Question {
    HttpResponse<InputStream> ask() throws IOException, ImageException;
  }

  private static HttpRequest.Builder range(HttpRequest.Builder builder, Ingest ingest) {
    return ingest.offset() == 0
        ? builder
        : builder.header("Range", "bytes=" + ingest.offset() + "-");
  }

  private void blob(
      Place place, String what, Question question, Ingest ingest, TransferListener listener)
      throws ImageException {
    var descriptor = ingest.descriptor();
    var retry = new Retry(timing, listener);
    boolean restarted = false;
    while (true) {
      long before = ingest.offset();
      try {
        if (before < descriptor.size() || descriptor.size() == 0) {
          fetch(place, what, question, ingest, listener);
        }
        ingest.commit();
        return;
      } catch (IOException e) {
        if (ingest.offset() > before) {
          retry.progressed();
        }
        retry.failed(place.domain(), e);
      } catch (ImageException e) {
        if (e.category() != Category.INVALID) {
          throw e;
        }
        ingest.restart();
        if (before == 0 || restarted) {
          throw e;
        }
        restarted = true; // what was there from before may have been the wrong part
      }
    }
  }

  private static void fetch(
      Place place, String what, Question question, Ingest ingest, TransferListener listener)
      throws IOException, ImageException {
    var descriptor = ingest.descriptor();
    var response = require(place, what, question.ask(), 200, 206, 416);
    try (var in = response.body()) {
      requireRange(what, response, ingest);
      listener.heard(new TransferListener.Event.Progress(descriptor, ingest.offset()));
      byte[] piece = new byte[PIECE];
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        ingest.write(piece, 0, count);
        listener.heard(new TransferListener.Event.Progress(descriptor, ingest.offset()));
      }
    }
    if (ingest.offset() < descriptor.size()) {
      throw new IOException(
          what + " ends after " + ingest.offset() + " of " + descriptor.size() + " bytes");
    }
  }

  /// A registry may ignore Range (RFC 9110, section 14.2); what it says it sends must fit.
  private static void requireRange(String what, HttpResponse<?> response, Ingest ingest)
      throws IOException, ImageException {
    long size = ingest.descriptor().size();
    if (response.statusCode() == 416) {
      ingest.restart();
      throw new IOException(what + " cannot be gone on with");
    }
    if (response.statusCode() == 200) {
      if (ingest.offset() > 0) {
        ingest.restart();
      }
    } else {
      String range = response.headers().firstValue("Content-Range").orElse("");
      if (!range.matches("bytes " + ingest.offset() + "-[0-9]+/(" + size + "|\\*)")) {
        throw new ImageException(
            Category.INVALID, what + " is sent in another range than asked for: " + range, "");
      }
    }
    long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
    if (length >= 0 && response.statusCode() == 200 && length != size) {
      throw new ImageException(
          Category.INVALID, what + " has " + length + " bytes and should have " + size, "");
    }
  }

  /// Tell whether a registry has content.
  boolean has(Place place, Digest digest, TransferListener listener) throws ImageException {
    return Retry.of(
        timing,
        listener,
        place.domain(),
        () -> {
          var builder =
              HttpRequest.newBuilder(uri(place.domain(), place.path() + "/blobs/" + digest)).HEAD();
          var response =
              require(
                  place,
                  digest.toString(),
                  send(Scope.of(place, "pull,push"), builder),
                  200,
                  404,
                  405, // whoever knows no HEAD is sent it once more
                  501);
          response.body().close();
          return response.statusCode() == 200;
        });
  }

  /// Have a registry take content over from another of its repositories.
  ///
  /// @return whether it did; not where it does not know it there, or we may not read it there
  boolean mount(Place place, Descriptor descriptor, String from, TransferListener listener)
      throws ImageException {
    var scope = new Scope(place, "pull,push", from);
    String query = "?mount=" + encoded(descriptor.digest()) + "&from=" + encoded(from);
    return Retry.of(
        timing,
        listener,
        place.domain(),
        () -> {
          var begun =
              send(
                  scope,
                  HttpRequest.newBuilder(
                          uri(place.domain(), place.path() + "/blobs/uploads/" + query))
                      .POST(BodyPublishers.noBody()));
          begun.body().close();
          if (begun.statusCode() == 202) { // the beginning of an upload, which is another request
            send(scope, HttpRequest.newBuilder(uploadPlace(place, begun)).DELETE()).body().close();
          }
          return begun.statusCode() == 201;
        });
  }

  /// Upload content.
  void upload(Place place, Descriptor descriptor, ContentStore store, TransferListener listener)
      throws ImageException {
    var scope = Scope.of(place, "pull,push");
    String what = place.domain() + "/" + place.path();
    boolean _ =
        Retry.of(
            timing,
            listener,
            place.domain(),
            () -> {
              var begin =
                  HttpRequest.newBuilder(uri(place.domain(), place.path() + "/blobs/uploads/"))
                      .POST(BodyPublishers.noBody());
              var begun = require(place, what, send(scope, begin), 202);
              begun.body().close();
              var target = uploadPlace(place, begun);
              String separator = target.getRawQuery() == null ? "?" : "&";
              var body =
                  new CountedBody(
                      store.blob(descriptor.digest()),
                      sent ->
                          listener.heard(new TransferListener.Event.Progress(descriptor, sent)));
              var put =
                  HttpRequest.newBuilder(
                          URI.create(target + separator + "digest=" + encoded(descriptor.digest())))
                      .header("Content-Type", "application/octet-stream")
                      .PUT(body);
              require(place, what, send(scope, put), TAKEN).body().close();
              return true;
            });
  }

  private URI uploadPlace(Place place, HttpResponse<?> begun) throws ImageException {
    String location = begun.headers().firstValue("Location").orElse("");
    return transport.policy().named(place.domain(), begun.uri(), "upload", location);
  }

  /// Upload a manifest or index.
  void putManifest(
      Place place, String selector, Descriptor descriptor, byte[] bytes, TransferListener listener)
      throws ImageException {
    boolean _ =
        Retry.of(
            timing,
            listener,
            place.domain(),
            () -> {
              var put =
                  HttpRequest.newBuilder(
                          uri(place.domain(), place.path() + "/manifests/" + selector))
                      .header("Content-Type", descriptor.mediaType())
                      .PUT(BodyPublishers.ofByteArray(bytes));
              String what = place.domain() + "/" + place.path();
              require(place, what, send(Scope.of(place, "pull,push"), put), TAKEN).body().close();
              return true;
            });
  }

  private static String encoded(Object text) {
    return URLEncoder.encode(text.toString(), UTF_8);
  }

  private HttpRequest.Builder get(String domain, String path) throws IOException, ImageException {
    return HttpRequest.newBuilder(uri(domain, path)).GET();
  }

  private URI uri(String domain, String path) throws IOException, ImageException {
    var base = bases.get(domain);
    if (base == null) {
      base = base(domain);
      bases.put(domain, base);
    }
    return base.resolve("/v2/" + path);
  }

  /// Find out whether a registry that may speak plain HTTP does.
  private URI base(String domain) throws IOException, ImageException {
    String host = domain.equals(Reference.DOCKER) ? "registry-1.docker.io" : domain;
    var secure = URI.create("https://" + host);
    if (!transport.policy().mayBePlain(domain)) {
      return secure;
    }
    var plain = URI.create("http://" + host);
    try {
      var response = transport.send(domain, HttpRequest.newBuilder(plain.resolve("/v2/")));
      response.body().close();
      boolean led = "https".equals(response.uri().getScheme());
      // 400 is what Go's servers answer to plain HTTP where they speak TLS.
      return led || response.statusCode() == 400 ? secure : plain;
    } catch (IOException e) {
      if (speaksTls(domain, secure, e)) {
        return secure;
      }
      throw e;
    }
  }

  /// Tell whether a registry speaks TLS that does not speak plain HTTP.
  private boolean speaksTls(String domain, URI secure, IOException failure) throws ImageException {
    try {
      transport.send(domain, HttpRequest.newBuilder(secure.resolve("/v2/"))).body().close();
      return true;
    } catch (SSLException e) {
      // It does, with a certificate that is not trusted: whoever asks next tells what is wrong.
      return Certificates.isAboutCertificate(e);
    } catch (IOException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  private HttpResponse<InputStream> send(Scope scope, HttpRequest.Builder builder)
      throws IOException, ImageException {
    return send(authorization, scope, builder);
  }

  private HttpResponse<InputStream> send(Authorization by, Scope scope, HttpRequest.Builder builder)
      throws IOException, ImageException {
    var place = scope.place();
    var own = uri(place.domain(), "");
    boolean trusted = RequestPolicy.isSameOrigin(own, builder.copy().build().uri());
    if (!trusted) {
      return transport.send(place.domain(), builder);
    }
    by.header(scope).ifPresent(header -> builder.setHeader("Authorization", header));
    var response = transport.send(place.domain(), builder);
    if (response.statusCode() != 401 || !RequestPolicy.isSameOrigin(own, response.uri())) {
      return response;
    }
    var challenges = Challenge.parse(response.headers().allValues("WWW-Authenticate"));
    var header = by.answer(scope, response.uri(), challenges);
    if (header.isEmpty()) {
      return response;
    }
    response.body().close();
    return transport.send(place.domain(), builder.setHeader("Authorization", header.get()));
  }

  private static HttpResponse<InputStream> require(
      Place place, String what, HttpResponse<InputStream> response, int... expected)
      throws IOException, ImageException {
    for (int status : expected) {
      if (response.statusCode() == status) {
        return response;
      }
    }
    throw Answers.error(place.domain(), what, response);
  }

  @Override
  public void close() {
    transport.close();
  }
}
