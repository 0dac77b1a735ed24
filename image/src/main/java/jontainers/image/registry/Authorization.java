package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.name.RegistryConfig.Place;
import org.jspecify.annotations.Nullable;

/// Answer a registry that asks who is there: basic, or a token of its service ("Token
/// Authentication Specification" of Docker's registry), kept per repository and actions.
///
/// Safe for any thread.
final class Authorization {
  private static final String CLIENT = "jontainers";
  private static final int LONGEST = 16 << 20;

  private final Transport transport;
  private final Credentials credentials;
  private final @Nullable Login given;
  private final Map<String, String> headers = new ConcurrentHashMap<>();
  private volatile @Nullable Login refreshed;

  Authorization(Transport transport, Credentials credentials) {
    this(transport, credentials, null);
  }

  private Authorization(Transport transport, Credentials credentials, @Nullable Login given) {
    this.transport = transport;
    this.credentials = credentials;
    this.given = given;
  }

  /// Answer with a login that is not kept yet.
  Authorization with(Login login) {
    return new Authorization(transport, credentials, login);
  }

  /// Return the refresh token that the service gave for the login.
  Optional<Login> refreshed() {
    return Optional.ofNullable(refreshed);
  }

  /// Return what went well before.
  Optional<String> header(Scope scope) {
    return Optional.ofNullable(headers.get(scope.toString()));
  }

  /// What is to be allowed.
  ///
  /// @param actions in the repository; nothing for a login alone
  /// @param from another repository to read, or empty
  record Scope(Place place, String actions, String from) {
    static Scope of(Place place, String actions) {
      return new Scope(place, actions, "");
    }

    /// Return it in the words of "Resource Scope Grammar", each of them of one repository.
    List<String> words() {
      if (place.path().isEmpty()) {
        return List.of();
      }
      String own = "repository:" + place.path() + ":" + actions;
      return from.isEmpty() ? List.of(own) : List.of(own, "repository:" + from + ":pull");
    }
  }

  /// Return what answers a challenge; empty where nothing does.
  ///
  /// @param from what challenges
  Optional<String> answer(Scope scope, URI from, List<Challenge> challenges)
      throws IOException, ImageException {
    var place = scope.place();
    var login = given == null ? credentials.find(place.domain()) : Optional.of(given);
    for (var challenge : challenges) {
      String header = null;
      if (challenge.scheme().equals("bearer")) {
        header = "Bearer " + token(scope, from, challenge, login);
      } else if (challenge.scheme().equals("basic")
          && login.isPresent()
          && login.get().kind() == Login.Kind.PASSWORD) {
        header = login.get().basic();
      }
      if (header != null) {
        headers.put(scope.toString(), header);
        return Optional.of(header);
      }
    }
    return Optional.empty();
  }

  private String token(Scope scope, URI from, Challenge challenge, Optional<Login> login)
      throws IOException, ImageException {
    var place = scope.place();
    var realm =
        transport
            .policy()
            .named(place.domain(), from, "token service", challenge.parameter("realm"));
    boolean refresh = login.isPresent() && login.get().kind() == Login.Kind.REFRESH_TOKEN;
    HttpRequest.Builder builder;
    if (refresh) {
      builder =
          HttpRequest.newBuilder(realm)
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(
                  BodyPublishers.ofString(
                      query(
                          "grant_type",
                          "refresh_token",
                          "refresh_token",
                          login.get().secret(),
                          "client_id",
                          CLIENT,
                          "service",
                          challenge.parameter("service"),
                          "scope",
                          String.join(" ", scope.words()))));
    } else {
      String offline = given == null ? "" : "true"; // a login wants a token to keep
      var query = new ArrayList<String>();
      query.addAll(List.of("service", challenge.parameter("service")));
      scope.words().forEach(word -> query.addAll(List.of("scope", word)));
      query.addAll(List.of("client_id", CLIENT, "offline_token", offline));
      String separator = realm.getRawQuery() == null ? "?" : "&";
      builder =
          HttpRequest.newBuilder(
                  URI.create(realm + separator + query(query.toArray(String[]::new))))
              .GET();
      login.ifPresent(known -> builder.setHeader("Authorization", known.basic()));
    }
    try {
      return token(
          place,
          login,
          refresh
              ? transport.sendSecret(place.domain(), builder)
              : transport.send(place.domain(), builder));
    } catch (SSLException e) {
      // the service has a host and a certificate of its own
      var problem = Certificates.problem(realm.getAuthority(), e);
      if (problem.isPresent()) {
        throw problem.get();
      }
      throw e;
    }
  }

  private String token(Place place, Optional<Login> login, HttpResponse<InputStream> response)
      throws IOException, ImageException {
    if (response.statusCode() != 200) {
      throw Answers.error(
          place.domain(),
          place.path().isEmpty() ? "login" : place.domain() + "/" + place.path(),
          response);
    }
    String body;
    try (var in = response.body()) {
      body = new String(in.readNBytes(LONGEST), UTF_8);
    }
    var json = JsonText.object(body);
    String token = JsonText.text(json.get("token"));
    token = token.isEmpty() ? JsonText.text(json.get("access_token")) : token;
    if (!token.matches("[\\x21-\\x7e]+")) {
      throw new ImageException(
          Category.INVALID, "token service of " + place.domain() + " gives no token", "");
    }
    String refresh = JsonText.text(json.get("refresh_token"));
    if (!refresh.isEmpty() && login.isPresent()) {
      refreshed = new Login(login.get().user(), refresh, Login.Kind.REFRESH_TOKEN);
    }
    return token;
  }

  private static String query(String... pairs) {
    var query = new StringBuilder();
    for (int i = 0; i < pairs.length; i += 2) {
      if (!pairs[i + 1].isEmpty()) {
        query
            .append(query.isEmpty() ? "" : "&")
            .append(pairs[i])
            .append('=')
            .append(URLEncoder.encode(pairs[i + 1], UTF_8));
      }
    }
    return query.toString();
  }
}
