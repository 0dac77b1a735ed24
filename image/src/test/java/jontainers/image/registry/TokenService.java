package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import jontainers.testkit.TestAuthority;

/// A token service ("Token Authentication Specification" and "Token Authentication Implementation"
/// of the distribution project): whoever knows the password gets what it asks for.
final class TokenService implements AutoCloseable {
  static final String USER = "me";
  static final String PASSWORD = "right";
  private static final String REFRESH = "refresh-of-me";
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private final HttpsServer server;
  private final String certificate;
  private final PrivateKey key;
  private final List<String> scopes = Collections.synchronizedList(new ArrayList<>());
  private volatile String forbidden = "nothing";

  /// Start one with the authority's key to sign with.
  TokenService(TestAuthority authority) throws IOException, GeneralSecurityException {
    certificate = base64(Files.readString(authority.file("ca.pem")));
    key =
        KeyFactory.getInstance("RSA")
            .generatePrivate(
                new PKCS8EncodedKeySpec(
                    Base64.getDecoder()
                        .decode(base64(Files.readString(authority.file("ca.key"))))));
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(authority)));
    server.createContext("/token", this::answer);
    server.start();
  }

  private static String base64(String pem) {
    return pem.replaceAll("-----[^-]*-----|\\s", "");
  }

  private static SSLContext context(TestAuthority authority)
      throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(authority.file("server.p12"))) {
      store.load(in, TestAuthority.PASSWORD.toCharArray());
    }
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, TestAuthority.PASSWORD.toCharArray());
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  /// Return what `auth` of docker-registry's configuration needs.
  String forRegistry(TestAuthority authority) {
    return "token: {realm: \"https://localhost:%d/token\", service: tests, issuer: here, %s}"
        .formatted(server.getAddress().getPort(), "rootcertbundle: " + authority.file("ca.pem"));
  }

  /// Return the scopes that were asked for.
  List<String> scopes() {
    synchronized (scopes) {
      return List.copyOf(scopes);
    }
  }

  /// Refuse what is asked for a repository.
  void forbid(String repository) {
    forbidden = repository;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean post = exchange.getRequestMethod().equals("POST");
      String query =
          post
              ? new String(exchange.getRequestBody().readAllBytes(), UTF_8)
              : exchange.getRequestURI().getRawQuery();
      var asked = values(query, "scope");
      scopes.addAll(asked);
      boolean known =
          post
              ? values(query, "refresh_token").equals(List.of(REFRESH))
              : Login.password(USER, PASSWORD)
                  .basic()
                  .equals(exchange.getRequestHeaders().getFirst("Authorization"));
      if (!known || !values(query, "service").equals(List.of("tests"))) {
        FaultyRegistry.send(exchange, 401, "{\"details\":\"wrong password\"}".getBytes(UTF_8));
      } else if (asked.stream().anyMatch(scope -> scope.contains(":" + forbidden + ":"))) {
        FaultyRegistry.send(exchange, 403, "{\"details\":\"not yours\"}".getBytes(UTF_8));
      } else {
        boolean keep = values(query, "offline_token").equals(List.of("true"));
        String body =
            "{\"token\":\"%s\"%s}"
                .formatted(token(asked), keep ? ",\"refresh_token\":\"" + REFRESH + "\"" : "");
        FaultyRegistry.send(exchange, 200, body.getBytes(UTF_8));
      }
    }
  }

  private static List<String> values(String query, String name) {
    return Stream.of(query.split("&"))
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> URLDecoder.decode(pair.substring(name.length() + 1), UTF_8))
        .flatMap(value -> Stream.of(value.split(" ")))
        .toList();
  }

  private String token(List<String> scopes) throws IOException {
    String access =
        scopes.stream()
            .map(scope -> scope.split(":"))
            .map(parts ->
                "{\"type\":\"%s\",\"name\":\"%s\",\"actions\":[\"%s\"]}"
                    .formatted(parts[0], parts[1], parts[2].replace(",", "\",\"")))
            .collect(Collectors.joining(","));
    long now = Instant.now().getEpochSecond();
    String signed =
        encoded("{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\"" + certificate + "\"]}")
            + "."
            + encoded(
                "{\"iss\":\"here\",\"sub\":\"%s\",\"aud\":\"tests\",\"exp\":%d,\"nbf\":%d,%s%s]}"
                    .formatted(USER, now + 300, now - 10, "\"jti\":\"1\",\"access\":[", access));
    try {
      var signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key);
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + BASE64URL.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static String encoded(String json) {
    return BASE64URL.encodeToString(json.getBytes(UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
