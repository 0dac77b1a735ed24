package jontainers.cli;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;

/// What `--filter` of `images` and `prune` takes: `dangling`, `label`, `before`, `since`,
/// `reference`, `until`.
final class ImageFilters {
  static final String OPTION = "--filter";

  private static final Pattern DURATION =
      Pattern.compile("(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?");

  private ImageFilters() {}

  /// Return what passes all filters; those of one name other than `label` are alternatives.
  static Predicate<Image> parse(List<String> filters, ImageStore images)
      throws UsageException, ImageException {
    Predicate<Image> all = image -> true;
    Optional<Predicate<Image>> references = Optional.empty();
    for (String filter : filters) {
      int equals = filter.indexOf('=');
      if (equals <= 0) {
        throw new UsageException(
            "invalid filter: \"" + filter + "\"", "write it as --filter label=KEY");
      }
      boolean not = filter.charAt(equals - 1) == '!';
      String name = filter.substring(0, not ? equals - 1 : equals);
      var one = filter(name, filter.substring(equals + 1), images);
      if (name.equals("reference") && !not) {
        references = Optional.of(references.map(others -> others.or(one)).orElse(one));
      } else {
        all = all.and(not ? one.negate() : one);
      }
    }
    return references.isPresent() ? all.and(references.get()) : all;
  }

  private static Predicate<Image> filter(String name, String value, ImageStore images)
      throws UsageException, ImageException {
    return switch (name) {
      case "dangling" -> {
        boolean wanted =
            switch (value) {
              case "true", "1" -> true;
              case "false", "0" -> false;
              default -> throw new UsageException("invalid value of dangling: " + value, "");
            };
        yield image -> image.tags().isEmpty() == wanted;
      }
      case "label" -> label(value);
      case "reference" -> reference(value);
      case "before" -> {
        var limit = created(images.get(value));
        yield image -> created(image).isBefore(limit);
      }
      case "since" -> {
        var limit = created(images.get(value));
        yield image -> created(image).isAfter(limit);
      }
      case "until" -> {
        var limit = moment(value);
        yield image -> created(image).isBefore(limit);
      }
      default ->
          throw new UsageException(
              "invalid filter: " + name,
              "known are dangling, label, reference, before, since and until");
    };
  }

  private static Predicate<Image> label(String value) {
    int equals = value.indexOf('=');
    if (equals < 0) {
      return image -> image.config().config().labels().containsKey(value);
    }
    String wanted = value.substring(equals + 1);
    return image -> wanted.equals(image.config().config().labels().get(value.substring(0, equals)));
  }

  /// As Go's path.Match: an asterisk passes no slash.
  private static Predicate<Image> reference(String pattern) throws UsageException {
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    } catch (PatternSyntaxException e) {
      throw new UsageException("invalid pattern: " + pattern, "");
    }
    return image ->
        image.tags().stream()
            .anyMatch(tag ->
                matcher.matches(Path.of(tag))
                    || matcher.matches(Path.of(tag.substring(0, tag.lastIndexOf(':')))));
  }

  private static Instant moment(String text) throws UsageException {
    var duration = DURATION.matcher(text);
    if (!text.isEmpty() && duration.matches()) {
      return Instant.now()
          .minus(Duration.ofHours(number(duration.group(1))))
          .minus(Duration.ofMinutes(number(duration.group(2))))
          .minus(Duration.ofSeconds(number(duration.group(3))));
    }
    try {
      return text.matches("[0-9]{1,12}")
          ? Instant.ofEpochSecond(Long.parseLong(text))
          : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new UsageException(
          "invalid time: " + text, "write it as 24h, as 2026-01-31T12:00:00Z or in seconds");
    }
  }

  private static long number(@org.jspecify.annotations.Nullable String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  /// Return when an image was made; long ago where it does not say.
  static Instant created(Image image) {
    return created(image.config().created());
  }

  /// Parse a time of a configuration.
  static Instant created(@org.jspecify.annotations.Nullable String text) {
    try {
      return text == null ? Instant.EPOCH : java.time.OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }
}
