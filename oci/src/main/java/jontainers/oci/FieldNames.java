package jontainers.oci;

import java.util.Set;

/// The names of the fields that an object can have; none where names are content, as in a map.
record FieldNames(Set<String> names) {
  /// Names are content.
  static final FieldNames NONE = new FieldNames(Set.of());

  private static final int LONGEST = 40;

  /// Refuse a name that is unknown here and that others take for a known one: encoding/json of Go
  /// prefers the exact name and takes one that only folds to it.
  void requireDistinct(String name) {
    if (names.isEmpty() || names.contains(name)) {
      return;
    }
    String folded = folded(name);
    for (String field : names) {
      if (folded.equals(folded(field))) {
        throw new StrictReader.NotStrict(
            "the field " + quoted(name) + " could be taken for " + quoted(field));
      }
    }
  }

  /// Fold as foldName of encoding/json does: upper case, and the two signs beside ASCII whose
  /// simple folding is a letter of it, the long s and the Kelvin sign.
  private static String folded(String name) {
    var folded = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      folded.append(
          switch (c) {
            case '\u017f' -> 's';
            case '\u212a' -> 'k';
            default -> c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
          });
    }
    return folded.toString();
  }

  /// Quote a name of a document for a message.
  static String quoted(String name) {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < Math.min(name.length(), LONGEST); i++) {
      char c = name.charAt(i);
      quoted.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return quoted.append(name.length() > LONGEST ? "…\"" : "\"").toString();
  }
}
