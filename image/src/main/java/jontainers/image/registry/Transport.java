package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.name.RegistryConfig;

/// Speak HTTP: one client for each way to trust certificates, made when it is needed.
///
/// Safe for any thread.
final class Transport implements AutoCloseable {
  private static final int MOST_REDIRECTS = 10;
  private static final Duration END = Duration.ofSeconds(1);

  private final RegistryConfig config;
  private final Timing timing;
  private final EnvironmentProxies proxies;
  private final RequestPolicy policy;
  private final Map<String, HttpClient> clients = new HashMap<>();

  Transport(RegistryConfig config, Timing timing, Map<String, String> environment) {
    this.config = config;
    this.timing = timing;
    this.proxies = new EnvironmentProxies(environment);
    this.policy = new RequestPolicy(config, proxies);
  }

  /// Return who decides where a request may go.
  RequestPolicy policy() {
    return policy;
  }

  /// Send a request for a registry and follow where it leads, without credentials to other hosts.
  HttpResponse<InputStream> send(String domain, HttpRequest.Builder builder)
      throws IOException, ImageException {
    return send(domain, builder, RequestPolicy.Body.CONTENT);
  }

  /// Send a request whose body may go to its own origin alone.
  HttpResponse<InputStream> sendSecret(String domain, HttpRequest.Builder builder)
      throws IOException, ImageException {
    return send(domain, builder, RequestPolicy.Body.SECRET);
  }

  private HttpResponse<InputStream> send(
      String domain, HttpRequest.Builder builder, RequestPolicy.Body body)
      throws IOException, ImageException {
    var request = builder.build();
    if (!isUpload(request)) {
      request = builder.timeout(timing.patience()).build();
    }
    var origin = request.uri();
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      var response = exchange(domain, withProxyLogin(request));
      if (!isRedirect(response.statusCode())) {
        return response;
      }
      response.body().close();
      String location = response.headers().firstValue("Location").orElse("");
      request = policy.redirected(domain, request, origin, location, body);
    }
    throw new ImageException(
        Category.INVALID, domain + " redirects more than " + MOST_REDIRECTS + " times", "");
  }

  /// Each hop may have another proxy, or none.
  private HttpRequest withProxyLogin(HttpRequest request) {
    var login = proxies.login(request.uri());
    return login.isEmpty()
        ? request
        : HttpRequest.newBuilder(request, (name, value) -> true)
            .setHeader("Proxy-Authorization", login.get())
            .build();
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private static boolean isUpload(HttpRequest request) {
    return request.bodyPublisher().orElse(null) instanceof CountedBody;
  }

  private HttpResponse<InputStream> exchange(String domain, HttpRequest request)
      throws IOException, ImageException {
    try {
      var response =
          request.bodyPublisher().orElse(null) instanceof CountedBody body
              ? upload(client(domain), request, body)
              : client(domain).send(request, info -> new TimedBody(timing.patience()));
      if (response.statusCode() == 407) { // one about a tunnel has no body, not even an empty one
        throw new ImageException(
            Category.UNAUTHORIZED,
            "the proxy on the way to " + domain + " wants a login",
            "write it as http://USER:PASSWORD@HOST:PORT into HTTPS_PROXY; a program of your own"
                + " needs -Djdk.http.auth.tunneling.disabledSchemes=");
      }
      return response;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException(Category.UNAVAILABLE, "interrupted", "", e);
    }
  }

  /// Wait as long as the body goes on: a request's own timeout would count its whole length.
  private HttpResponse<InputStream> upload(HttpClient client, HttpRequest request, CountedBody body)
      throws IOException, InterruptedException {
    var answer = client.sendAsync(request, info -> new TimedBody(timing.patience()));
    try {
      while (true) {
        long before = body.sent();
        try {
          return answer.get(timing.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (body.sent() == before) {
            throw new HttpTimeoutException(
                "nothing was taken for " + timing.patience().toSeconds() + " s");
          }
        } catch (ExecutionException e) {
          throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        }
      }
    } finally {
      boolean _ = answer.cancel(true);
    }
  }

  private synchronized HttpClient client(String domain) throws ImageException {
    boolean insecure = config.isInsecure(domain);
    var caFiles = config.caFiles(domain);
    var client = clients.get(insecure + " " + caFiles);
    if (client == null) {
      var builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(timing.connect())
              .proxy(proxies);
      if (insecure) {
        builder.sslContext(context(new TrustAll()));
      } else if (!caFiles.isEmpty()) {
        builder.sslContext(context(trusting(caFiles)));
      }
      client = builder.build();
      clients.put(insecure + " " + caFiles, client);
    }
    return client;
  }

  private static SSLContext context(TrustManager trust) throws ImageException {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trust}, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new ImageException(Category.INTERNAL, "cannot use TLS", "", e);
    }
  }

  /// Trust what the JDK trusts and the certificates of some files.
  private static TrustManager trusting(List<Path> caFiles) throws ImageException {
    try {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (var issuer : ((X509TrustManager) trustOf(null)).getAcceptedIssuers()) {
        store.setCertificateEntry("jdk" + number++, issuer);
      }
      for (var file : caFiles) {
        try (var in = Files.newInputStream(file)) {
          for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
            store.setCertificateEntry("own" + number++, certificate);
          }
        }
      }
      return trustOf(store);
    } catch (IOException | GeneralSecurityException e) {
      throw new ImageException(
          Category.INVALID,
          "cannot read certificates of " + caFiles + ": " + Retry.words(e),
          "a caFile has certificates in PEM",
          e);
    }
  }

  private static TrustManager trustOf(@org.jspecify.annotations.Nullable KeyStore store)
      throws GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers()[0];
  }

  @Override
  public synchronized void close() {
    for (var client : clients.values()) {
      client.shutdownNow();
      try {
        boolean _ = client.awaitTermination(END); // its threads close what it has open
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    clients.clear();
  }

  /// For registries that are configured as insecure: any certificate, of any host.
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /// HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as other programs read them; never for this machine.
  static final class EnvironmentProxies extends ProxySelector {
    private final Map<String, String> environment;

    EnvironmentProxies(Map<String, String> environment) {
      this.environment = Map.copyOf(environment);
    }

    @Override
    public List<Proxy> select(URI uri) {
      var proxy = proxy(uri);
      if (proxy.isEmpty()) {
        return List.of(Proxy.NO_PROXY);
      }
      var address = proxy.get();
      int port = address.getPort() < 0 ? 80 : address.getPort();
      return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(address.getHost(), port)));
    }

    /// Return how a proxy with a user and a password is logged in to: RFC 7617.
    ///
    /// The client gives the header to the proxy alone, in a tunnel only where the JDK's property
    /// `jdk.http.auth.tunneling.disabledSchemes` does not name Basic.
    Optional<String> login(URI uri) {
      return proxy(uri)
          .map(URI::getUserInfo)
          .map(user -> "Basic " + Base64.getEncoder().encodeToString(user.getBytes(UTF_8)));
    }

    private Optional<URI> proxy(URI uri) {
      String proxy = variable(uri.getScheme() + "_proxy");
      String host = uri.getHost().toLowerCase(Locale.ROOT);
      return proxy.isEmpty() || RequestPolicy.isLoopback(host) || isExcepted(host, uri.getPort())
          ? Optional.empty()
          : Optional.of(URI.create(proxy.contains("://") ? proxy : "http://" + proxy));
    }

    private boolean isExcepted(String host, int port) {
      for (String one : variable("no_proxy").toLowerCase(Locale.ROOT).split("[,\\s]+")) {
        String name = one.replaceFirst("^\\*?\\.", "");
        if (one.equals("*")
            || (!name.isEmpty()
                && (host.equals(name)
                    || (host + ":" + port).equals(name)
                    || host.endsWith("." + name)))) {
          return true;
        }
      }
      return false;
    }

    private String variable(String name) {
      var lower = environment.getOrDefault(name, "");
      return lower.isEmpty() ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "") : lower;
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
      // the request fails with it, too
    }
  }
}
