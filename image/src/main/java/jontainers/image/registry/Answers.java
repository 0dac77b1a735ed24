package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.List;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;

/// Make exceptions of answers that say no ("Error Codes" of the distribution specification).
final class Answers {
  private static final int LONGEST = 16 * 1024;

  private Answers() {}

  /// Return the problem.
  ///
  /// @throws Retry.Again where it is worth asking again
  static ImageException error(String domain, String what, HttpResponse<InputStream> response)
      throws Retry.Again {
    int status = response.statusCode();
    String words = words(response);
    String tail = words.isEmpty() ? "" : ": " + words;
    return switch (status) {
      case 401 ->
          response.request().headers().firstValue("Authorization").isPresent()
              ? new ImageException(
                  Category.UNAUTHORIZED,
                  domain + " does not accept the login for " + what + tail,
                  "the user or the password is wrong, or the login has no right to it")
              : new ImageException(
                  Category.UNAUTHORIZED,
                  domain + " wants a login for " + what + tail,
                  "log in to " + domain + "; the name may also be wrong");
      case 403 -> new ImageException(Category.FORBIDDEN, domain + " denies " + what + tail, "");
      case 404 -> new ImageException(Category.NOT_FOUND, "not found: " + what + tail, "");
      case 429 ->
          throw again(
              response,
              new ImageException(
                  Category.UNAVAILABLE,
                  domain + " has too many requests" + tail,
                  "wait, or log in for a higher limit"));
      default -> {
        var error =
            new ImageException(
                status >= 500 ? Category.UNAVAILABLE : Category.INVALID,
                domain + " answers " + status + " for " + what + tail,
                "");
        if (status >= 500 || status == 408) {
          throw again(response, error);
        }
        yield error;
      }
    };
  }

  private static Retry.Again again(HttpResponse<?> response, ImageException error) {
    return new Retry.Again(
        error, response.headers().firstValue("Retry-After").flatMap(Retry::after).orElse(null));
  }

  /// Read the registry's own words; control characters are none.
  private static String words(HttpResponse<InputStream> response) {
    String body;
    try (var in = response.body()) {
      body = new String(in.readNBytes(LONGEST), UTF_8);
    } catch (IOException e) {
      return "";
    }
    var json = JsonText.object(body);
    String text =
        json.get("errors") instanceof List<?> errors && !errors.isEmpty()
            ? JsonText.text(JsonText.map(errors.getFirst()).get("message"))
            : JsonText.text(json.get("details"));
    return text.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
