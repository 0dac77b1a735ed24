package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;

/// What to log in to a registry with.
///
/// @param secret the password, or a refresh token
/// @param kind which of them
public record Login(String user, String secret, Kind kind) {
  /// How docker-credential helpers mark a refresh token.
  static final String TOKEN_USER = "<token>";

  /// What the secret is.
  public enum Kind {
    PASSWORD,
    REFRESH_TOKEN
  }

  /// Log in with a password.
  public static Login password(String user, String password) {
    return new Login(user, password, Kind.PASSWORD);
  }

  /// Return the header's value: RFC 7617.
  String basic() {
    return "Basic " + Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(UTF_8));
  }

  /// Does not show the secret.
  @Override
  public String toString() {
    return user + " with a " + (kind == Kind.PASSWORD ? "password" : "token");
  }
}
