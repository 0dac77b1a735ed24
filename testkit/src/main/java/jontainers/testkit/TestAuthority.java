package jontainers.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A certificate authority that nobody knows, and a server's certificate of it. Tests only.
///
/// @param directory where `ca.pem`, `ca.key`, `server.pem`, `server.key` and `server.p12` are
public record TestAuthority(Path directory) {
  /// The password of `server.p12`.
  public static final String PASSWORD = "test-only";

  /// Make one; the server is `localhost`, `registry.test` and 127.0.0.1.
  public static TestAuthority make(Path directory) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    var authority = new TestAuthority(directory);
    authority.openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority");
    authority.openssl(
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server");
    Files.writeString(
        directory.resolve("names"),
        "subjectAltName=DNS:localhost,DNS:registry.test,IP:127.0.0.1\n");
    authority.openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem"
            + " -extfile names");
    authority.openssl(
        "pkcs12 -export -in server.pem -inkey server.key -out server.p12 -passout pass:"
            + PASSWORD);
    return authority;
  }

  private void openssl(String words) throws IOException, InterruptedException {
    Command.run("sh", "-c", "cd \"$1\" && exec openssl " + words, "sh", directory.toString());
  }

  /// Return a file.
  public Path file(String name) {
    return directory.resolve(name);
  }

  /// Return what `http.tls` of docker-registry's configuration needs.
  public String forRegistry() {
    return "certificate: " + file("server.pem") + ", key: " + file("server.key");
  }

  /// Put a user's password where docker-registry finds it.
  ///
  /// @return what `auth` of its configuration needs
  public String htpasswd(String user, String password) throws IOException, InterruptedException {
    var file = file("htpasswd");
    Files.writeString(file, Command.run("htpasswd", "-nbB", user, password) + "\n");
    return "htpasswd: {realm: test, path: " + file + "}";
  }
}
