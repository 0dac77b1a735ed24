package jontainers.image.registry;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import org.jspecify.annotations.Nullable;

/// Count attempts in a row that brought nothing, and wait longer before each further one.
///
/// Confined to one thread.
final class Retry {
  /// A failure after which it is worth asking again.
  static final class Again extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable Duration after;
    private final ImageException reason;

    /// @param after what Retry-After says, or null
    Again(ImageException reason, @Nullable Duration after) {
      super(reason.getMessage(), reason);
      this.reason = reason;
      this.after = after;
    }
  }

  /// Something that can fail for now.
  interface Attempt<T> {
    T make() throws IOException, ImageException;
  }

  private final Timing timing;
  private final TransferListener listener;
  private int failures;

  Retry(Timing timing, TransferListener listener) {
    this.timing = timing;
    this.listener = listener;
  }

  /// Try until it goes.
  static <T> T of(Timing timing, TransferListener listener, String what, Attempt<T> attempt)
      throws ImageException {
    var retry = new Retry(timing, listener);
    while (true) {
      try {
        return attempt.make();
      } catch (IOException e) {
        retry.failed(what, e);
      }
    }
  }

  /// An attempt brought something: the next failure is the first one.
  void progressed() {
    failures = 0;
  }

  /// Wait before the next attempt.
  ///
  /// @throws ImageException where there is none
  void failed(String what, IOException e) throws ImageException {
    if (e instanceof SSLException tls) {
      var problem = Certificates.problem(what, tls);
      if (problem.isPresent()) {
        throw problem.get();
      }
    }
    var again = e instanceof Again known ? known : null;
    var delay = again == null || again.after == null ? delay() : again.after;
    if (++failures >= timing.attempts() || delay.compareTo(timing.longestDelay()) > 0) {
      if (again != null) {
        throw again.reason;
      }
      throw new ImageException(
          Category.UNAVAILABLE,
          "cannot reach " + what + ": " + words(e),
          "check the name, the network and the proxy",
          e);
    }
    listener.heard(new TransferListener.Event.Retrying(words(e), delay));
    try {
      // Nothing tells when a registry is well again; an interrupt ends the waiting.
      boolean _ = new CountDownLatch(1).await(delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ImageException(Category.UNAVAILABLE, what + " was interrupted", "", interrupted);
    }
  }

  /// Some chance, so that many who failed at once do not come back at once.
  private Duration delay() {
    long full = timing.firstDelay().toMillis() << Math.min(failures, 16);
    long bounded = Math.min(full, timing.longestDelay().toMillis());
    return Duration.ofMillis(bounded / 2 + ThreadLocalRandom.current().nextLong(bounded / 2 + 1));
  }

  static String words(Throwable e) {
    var message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }

  /// Read Retry-After: seconds or a date (RFC 9110, section 10.2.3).
  static Optional<Duration> after(String header) {
    try {
      if (header.matches("\\d{1,9}")) {
        return Optional.of(Duration.ofSeconds(Long.parseLong(header)));
      }
      var date = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME);
      var wait = Duration.between(Instant.now(), date.toInstant());
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
