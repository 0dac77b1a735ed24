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
          try (var in =
              require(place, "login", send(place, fresh, "", get(domain, "")), 200).body()) {
            in.readAllBytes();
          }
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
          var response = require(place, what, send(place, authorization, "pull", builder), 200);
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
    var descriptor = ingest.descriptor();
    var retry = new Retry(timing, listener);
    boolean restarted = false;
    while (true) {
      long before = ingest.offset();
      try {
        if (before < descriptor.size() || descriptor.size() == 0) {
          fetch(place, ingest, listener);
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

  private void fetch(Place place, Ingest ingest, TransferListener listener)
      throws IOException, ImageException {
    var descriptor = ingest.descriptor();
    var builder = get(place.domain(), place.path() + "/blobs/" + descriptor.digest());
    if (ingest.offset() > 0) {
      builder.header("Range", "bytes=" + ingest.offset() + "-");
    }
    String what = descriptor.digest() + " of " + place.domain() + "/" + place.path();
    var response = require(place, what, send(place, authorization, "pull", builder), 200, 206, 416);
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
                  send(place, authorization, "pull,push", builder),
                  200,
                  404);
          response.body().close();
          return response.statusCode() == 200;
        });
  }

  /// Upload content, or have the registry take it over from another of its repositories.
  ///
  /// @param from the other repository, or empty
  /// @return whether it was taken over
  boolean upload(
      Place place,
      Descriptor descriptor,
      ContentStore store,
      String from,
      TransferListener listener)
      throws ImageException {
    return Retry.of(
        timing,
        listener,
        place.domain(),
        () -> {
          String what = place.domain() + "/" + place.path();
          String mount =
              from.isEmpty()
                  ? ""
                  : "?mount=" + encoded(descriptor.digest()) + "&from=" + encoded(from);
          var begin =
              HttpRequest.newBuilder(uri(place.domain(), place.path() + "/blobs/uploads/" + mount))
                  .POST(BodyPublishers.noBody());
          var begun =
              require(place, what, send(place, authorization, "pull,push", begin), 201, 202);
          begun.body().close();
          if (begun.statusCode() == 201) {
            return true;
          }
          String location = begun.headers().firstValue("Location").orElse("");
          var target = begun.uri().resolve(location);
          String separator = target.getRawQuery() == null ? "?" : "&";
          var put =
              HttpRequest.newBuilder(
                      URI.create(target + separator + "digest=" + encoded(descriptor.digest())))
                  .header("Content-Type", "application/octet-stream")
                  .PUT(BodyPublishers.ofFile(store.blob(descriptor.digest())));
          require(place, what, send(place, authorization, "pull,push", put), 201).body().close();
          return false;
        });
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
              require(place, what, send(place, authorization, "pull,push", put), 201)
                  .body()
                  .close();
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
    if (!transport.mayBePlain(domain)) {
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
      return String.valueOf(e.getMessage()).contains("PKIX");
    } catch (IOException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  private HttpResponse<InputStream> send(
      Place place, Authorization by, String actions, HttpRequest.Builder builder)
      throws IOException, ImageException {
    var own = uri(place.domain(), "");
    boolean trusted = Transport.isSameOrigin(own, builder.copy().build().uri());
    if (!trusted) {
      return transport.send(place.domain(), builder);
    }
    by.header(place, actions).ifPresent(header -> builder.setHeader("Authorization", header));
    var response = transport.send(place.domain(), builder);
    if (response.statusCode() != 401 || !Transport.isSameOrigin(own, response.uri())) {
      return response;
    }
    var challenges = Challenge.parse(response.headers().allValues("WWW-Authenticate"));
    var header = by.answer(place, actions, challenges);
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
