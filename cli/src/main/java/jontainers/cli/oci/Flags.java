package jontainers.cli.oci;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The options of a command line as runc's library reads them: `--name value`, `--name=value`, one
/// dash as well as two, and `--name=false` for what takes no value.
///
/// @param values what was given, by the first name of each
/// @param rest the words that are no options
record Flags(Map<String, List<String>> values, List<String> rest) {
  Flags {
    values = Map.copyOf(values);
    rest = List.copyOf(rest);
  }

  /// An option.
  ///
  /// @param names the first is how it is asked for
  record Declared(Kind kind, List<String> names) {
    /// What follows it.
    enum Kind {
      SWITCH,
      VALUE
    }

    static Declared flag(String... names) {
      return new Declared(Kind.SWITCH, List.of(names));
    }

    static Declared value(String... names) {
      return new Declared(Kind.VALUE, List.of(names));
    }
  }

  /// Where options may stand.
  enum Placing {
    /// Before the first word that is none.
    FIRST,
    /// Anywhere.
    ANYWHERE
  }

  static Flags parse(List<Declared> declared, List<String> words) throws FlagException {
    return parse(declared, words, Placing.FIRST);
  }

  static Flags parse(List<Declared> declared, List<String> words, Placing placing)
      throws FlagException {
    var values = new HashMap<String, List<String>>();
    var rest = new ArrayList<String>();
    for (int at = 0; at < words.size(); at++) {
      String word = words.get(at);
      if (word.equals("--")) {
        rest.addAll(words.subList(at + 1, words.size()));
        break;
      }
      if (!word.startsWith("-") || word.equals("-")) {
        rest.add(word);
        if (placing == Placing.FIRST) {
          rest.addAll(words.subList(at + 1, words.size()));
          break;
        }
        continue;
      }
      String name = word.substring(word.startsWith("--") ? 2 : 1);
      int equals = name.indexOf('=');
      Optional<String> own = Optional.empty();
      if (equals >= 0) {
        own = Optional.of(name.substring(equals + 1));
        name = name.substring(0, equals);
      }
      var option = find(declared, name);
      String value;
      if (option.kind() == Declared.Kind.SWITCH) {
        value = truth(name, own.orElse("true"));
      } else if (own.isPresent()) {
        value = own.get();
      } else if (at + 1 < words.size()) {
        value = words.get(++at);
      } else {
        throw new FlagException("flag needs an argument: -" + name);
      }
      values.computeIfAbsent(option.names().getFirst(), _ -> new ArrayList<>()).add(value);
    }
    return new Flags(values, rest);
  }

  private static Declared find(List<Declared> declared, String name) throws FlagException {
    for (var option : declared) {
      if (option.names().contains(name)) {
        return option;
      }
    }
    if (name.equals("help") || name.equals("h")) {
      return Declared.flag("help", "h");
    }
    throw new FlagException("flag provided but not defined: -" + name);
  }

  private static String truth(String name, String value) throws FlagException {
    return switch (value) {
      case "true", "1", "t", "T", "TRUE", "True" -> "true";
      case "false", "0", "f", "F", "FALSE", "False" -> "false";
      default -> throw new FlagException("invalid boolean value \"" + value + "\" for -" + name);
    };
  }

  /// Tell whether a switch is on.
  boolean has(String name) {
    var given = values.get(name);
    return given != null && given.getLast().equals("true");
  }

  /// Return the last value of an option.
  Optional<String> value(String name) {
    var given = values.get(name);
    return given == null ? Optional.empty() : Optional.of(given.getLast());
  }

  /// Return all values of an option.
  List<String> values(String name) {
    return values.getOrDefault(name, List.of());
  }

  /// Return a number.
  Optional<Long> number(String name) throws FlagException {
    var text = value(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.parseLong(text.get()));
    } catch (NumberFormatException e) {
      throw new FlagException("invalid value \"" + text.get() + "\" for flag -" + name);
    }
  }
}
