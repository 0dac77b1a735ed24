package jontainers.image.registry;

import java.io.EOFException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;

/// Say what a failure of TLS means to whoever configures registries.
final class Certificates {
  private Certificates() {}

  /// Return the problem; empty where it may be gone the next time.
  static Optional<ImageException> problem(String host, SSLException e) {
    String words = Retry.words(e);
    if (words.contains("nrecognized SSL message")) {
      return Optional.of(
          new ImageException(
              Category.UNAVAILABLE,
              host + " does not speak TLS",
              "if it is meant to speak plain HTTP, allow that: insecure in registries.json,"
                  + " or --insecure",
              e));
    }
    if (!(e instanceof SSLHandshakeException) || caused(e, EOFException.class)) {
      return Optional.empty();
    }
    if (caused(e, CertificateExpiredException.class)
        || caused(e, CertificateNotYetValidException.class)) {
      return refused("the certificate of " + host + " is out of date", "ask its owner", e);
    }
    if (words.contains("PKIX") || caused(e, CertPathValidatorException.class)) {
      return refused(
          "nobody who is trusted here vouches for the certificate of " + host,
          "name the certificate of its authority: caFile in registries.json, or --ca",
          e);
    }
    return caused(e, CertificateException.class)
        ? refused("the certificate of " + host + " is not for it: " + words, "use its name", e)
        : refused("cannot agree with " + host + " on TLS: " + words, "", e);
  }

  /// Tell whether a server speaks TLS, and shows a certificate that is not accepted.
  static boolean isAboutCertificate(SSLException e) {
    return caused(e, CertificateException.class)
        || caused(e, CertPathValidatorException.class)
        || Retry.words(e).contains("PKIX");
  }

  private static Optional<ImageException> refused(String message, String hint, Exception cause) {
    return Optional.of(new ImageException(Category.UNAVAILABLE, message, hint, cause));
  }

  private static boolean caused(Throwable e, Class<? extends Throwable> type) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return true;
      }
    }
    return false;
  }
}
