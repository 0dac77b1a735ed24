package jontainers.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// How a registry wants to know who asks: WWW-Authenticate of RFC 9110, section 11.6.1.
///
/// @param scheme in lower case: `bearer`, `basic`
record Challenge(String scheme, Map<String, String> parameters) {
  private static final Pattern PART =
      Pattern.compile(
          "([A-Za-z][A-Za-z0-9_-]*)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s,\"]*))"
              + "|([A-Za-z][A-Za-z0-9_-]*)");

  Challenge {
    parameters = Map.copyOf(parameters);
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /// Read the challenges of a header's values.
  static List<Challenge> parse(List<String> headers) {
    var challenges = new ArrayList<Challenge>();
    for (String header : headers) {
      var parts = PART.matcher(header);
      String scheme = "";
      var parameters = new LinkedHashMap<String, String>();
      while (parts.find()) {
        String name = parts.group(1);
        if (name == null) {
          if (!scheme.isEmpty()) {
            challenges.add(new Challenge(scheme, parameters));
          }
          scheme = parts.group(4).toLowerCase(Locale.ROOT);
          parameters.clear();
        } else {
          String quoted = parts.group(2);
          parameters.put(
              name.toLowerCase(Locale.ROOT),
              quoted == null ? parts.group(3) : quoted.replaceAll("\\\\(.)", "$1"));
        }
      }
      if (!scheme.isEmpty()) {
        challenges.add(new Challenge(scheme, parameters));
      }
    }
    return challenges;
  }
}
