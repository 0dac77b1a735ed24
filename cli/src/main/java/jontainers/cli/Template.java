package jontainers.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What `--format` takes: the part of Go's text/template that is used with Docker.
///
/// Fields, pipelines, parentheses, `if`, `else`, `range`, `with`, and the functions `json`, `join`,
/// `split`, `upper`, `lower`, `title`, `len`, `index`, `println`, `print`, `eq`, `ne`, `not`,
/// `and`, `or`. Variables and definitions are refused by name.
final class Template {
  private final List<Node> nodes;

  private Template(List<Node> nodes) {
    this.nodes = nodes;
  }

  private sealed interface Node {
    record Text(String text) implements Node {}

    record Print(List<Call> pipeline) implements Node {}

    record Block(String kind, List<Call> pipeline, List<Node> body, List<Node> otherwise)
        implements Node {}
  }

  /// A function with its arguments, or one value.
  private record Call(List<Term> terms) {}

  private sealed interface Term {
    record Field(List<String> path) implements Term {}

    record Constant(Object value) implements Term {}

    record Function(String name) implements Term {}

    record Nested(List<Call> pipeline) implements Term {}
  }

  /// Parse; `\t` and `\n` are what they stand for, as Docker has it.
  static Template parse(String text) throws UsageException {
    var parser = new Parser(text.replace("\\t", "\t").replace("\\n", "\n"));
    var nodes = new ArrayList<Node>();
    String end = parser.nodes(nodes);
    if (!end.isEmpty()) {
      throw invalid("unexpected {{" + end + "}}");
    }
    return new Template(List.copyOf(nodes));
  }

  /// Fill in.
  String render(@Nullable Object data) throws UsageException {
    var out = new StringBuilder();
    render(nodes, data, out);
    return out.toString();
  }

  private static UsageException invalid(String why) {
    return new UsageException("template parsing error: " + why, "");
  }

  private static void render(List<Node> nodes, @Nullable Object dot, StringBuilder out)
      throws UsageException {
    for (var node : nodes) {
      switch (node) {
        case Node.Text text -> out.append(text.text());
        case Node.Print print -> out.append(shown(value(print.pipeline(), dot)));
        case Node.Block block -> block(block, dot, out);
      }
    }
  }

  private static void block(Node.Block block, @Nullable Object dot, StringBuilder out)
      throws UsageException {
    var value = value(block.pipeline(), dot);
    if (!isTrue(value)) {
      render(block.otherwise(), dot, out);
      return;
    }
    switch (block.kind()) {
      case "if" -> render(block.body(), dot, out);
      case "with" -> render(block.body(), value, out);
      default -> {
        var items = value instanceof Map<?, ?> map ? map.values() : value;
        if (!(items instanceof Iterable<?> all)) {
          throw invalid("range cannot go over " + shown(value));
        }
        for (Object item : all) {
          render(block.body(), item, out);
        }
      }
    }
  }

  private static @Nullable Object value(List<Call> pipeline, @Nullable Object dot)
      throws UsageException {
    @Nullable Object last = null;
    for (int i = 0; i < pipeline.size(); i++) {
      var call = pipeline.get(i);
      var arguments = new ArrayList<@Nullable Object>();
      for (var term : call.terms()) {
        if (!(term instanceof Term.Function)) {
          arguments.add(value(term, dot));
        }
      }
      if (i > 0) {
        arguments.add(last);
      }
      if (call.terms().getFirst() instanceof Term.Function function) {
        last = apply(function.name(), arguments);
      } else if (arguments.size() == 1) {
        last = arguments.getFirst();
      } else {
        throw invalid("a value takes no arguments");
      }
    }
    return last;
  }

  private static @Nullable Object value(Term term, @Nullable Object dot) throws UsageException {
    return switch (term) {
      case Term.Constant constant -> constant.value();
      case Term.Nested nested -> value(nested.pipeline(), dot);
      case Term.Function function -> apply(function.name(), List.of());
      case Term.Field field -> {
        @Nullable Object at = dot;
        for (String name : field.path()) {
          at = field(at, name);
        }
        yield at;
      }
    };
  }

  private static @Nullable Object field(@Nullable Object value, String name) throws UsageException {
    if (value instanceof Map<?, ?> map) {
      if (!map.containsKey(name) && value instanceof Json.Fields) {
        throw new UsageException(
            "template: no field ." + name,
            "there are "
                + map.keySet().stream().map(k -> "." + k).collect(Collectors.joining(", ")));
      }
      return map.get(name);
    }
    if (value == null) {
      return null;
    }
    throw new UsageException("template: " + shown(value) + " has no field ." + name, "");
  }

  private static @Nullable Object apply(String name, List<@Nullable Object> arguments)
      throws UsageException {
    int wanted =
        switch (name) {
          case "json", "upper", "lower", "title", "len", "not" -> 1;
          case "join", "split", "eq", "ne" -> 2;
          default -> -1;
        };
    if (wanted >= 0 && arguments.size() != wanted) {
      throw invalid(name + " takes " + wanted + (wanted == 1 ? " argument" : " arguments"));
    }
    return switch (name) {
      case "json" -> Json.line(arguments.getFirst());
      case "upper" -> shown(arguments.getFirst()).toUpperCase(Locale.ROOT);
      case "lower" -> shown(arguments.getFirst()).toLowerCase(Locale.ROOT);
      case "title" -> title(shown(arguments.getFirst()));
      case "len" -> length(arguments.getFirst());
      case "not" -> !isTrue(arguments.getFirst());
      case "eq" -> shown(arguments.getFirst()).equals(shown(arguments.getLast()));
      case "ne" -> !shown(arguments.getFirst()).equals(shown(arguments.getLast()));
      case "join" -> join(arguments);
      case "split" ->
          List.of(
              shown(arguments.getFirst())
                  .split(java.util.regex.Pattern.quote(shown(arguments.getLast())), -1));
      case "index" -> index(arguments);
      case "and", "or" -> choice(arguments, name.equals("or"));
      case "print", "println" ->
          arguments.stream().map(Template::shown).collect(Collectors.joining(" "))
              + (name.equals("println") ? "\n" : "");
      default -> throw invalid("function \"" + name + "\" not defined");
    };
  }

  private static @Nullable Object choice(List<@Nullable Object> arguments, boolean first) {
    @Nullable Object last = null;
    for (var argument : arguments) {
      last = argument;
      if (isTrue(argument) == first) {
        break;
      }
    }
    return last;
  }

  private static String title(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  private static String join(List<@Nullable Object> arguments) throws UsageException {
    if (arguments.getFirst() instanceof List<?> list) {
      return list.stream()
          .map(Template::shown)
          .collect(Collectors.joining(shown(arguments.getLast())));
    }
    throw invalid("join needs a list");
  }

  private static long length(@Nullable Object value) throws UsageException {
    return switch (value) {
      case null -> 0;
      case String text -> text.length();
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      default -> throw invalid("len of " + shown(value));
    };
  }

  private static @Nullable Object index(List<@Nullable Object> arguments) throws UsageException {
    if (arguments.isEmpty()) {
      throw invalid("index takes a value and keys");
    }
    var at = arguments.getFirst();
    for (var key : arguments.subList(1, arguments.size())) {
      if (at instanceof List<?> list && key instanceof Long number) {
        if (number < 0 || number >= list.size()) {
          throw new UsageException("template: index out of range: " + number, "");
        }
        at = list.get(number.intValue());
      } else if (at instanceof Map<?, ?> map) {
        at = map.get(key);
      } else {
        throw invalid("index of " + shown(at));
      }
    }
    return at;
  }

  private static boolean isTrue(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean truth -> truth;
      case Number number -> number.doubleValue() != 0;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  /// As Go's fmt prints with `%v`.
  private static String shown(@Nullable Object value) {
    return switch (value) {
      case null -> "<no value>";
      case List<?> list ->
          list.stream().map(Template::shown).collect(Collectors.joining(" ", "[", "]"));
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(e -> e.getKey() + ":" + shown(e.getValue()))
              .sorted()
              .collect(Collectors.joining(" ", "map[", "]"));
      default -> value.toString();
    };
  }

  /// A parser by descent. Confined to one thread.
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    /// Read nodes up to the end, or to the action that ends a block, which is returned.
    String nodes(List<Node> nodes) throws UsageException {
      while (at < text.length()) {
        int open = text.indexOf("{{", at);
        if (open < 0) {
          nodes.add(new Node.Text(text.substring(at)));
          at = text.length();
          return "";
        }
        int close = text.indexOf("}}", open);
        if (close < 0) {
          throw invalid("unclosed action");
        }
        boolean trimsLeft = text.startsWith("{{- ", open);
        boolean trimsRight = text.startsWith(" -", close - 2);
        String before = text.substring(at, open);
        nodes.add(new Node.Text(trimsLeft ? before.stripTrailing() : before));
        String action =
            text.substring(open + (trimsLeft ? 3 : 2), close - (trimsRight ? 2 : 0)).strip();
        at = close + 2;
        while (trimsRight && at < text.length() && Character.isWhitespace(text.charAt(at))) {
          at++;
        }
        String word = action.split("\\s", 2)[0];
        switch (word) {
          case "end", "else" -> {
            return action;
          }
          case "if", "range", "with" -> nodes.add(block(word, action.substring(word.length())));
          default -> {
            if (!action.startsWith("/*")) {
              nodes.add(new Node.Print(new Words(action).all()));
            }
          }
        }
      }
      return "";
    }

    private Node block(String kind, String condition) throws UsageException {
      var body = new ArrayList<Node>();
      var otherwise = new ArrayList<Node>();
      String end = nodes(body);
      if (end.startsWith("else if ")) {
        otherwise.add(block("if", end.substring("else if".length())));
        end = "end";
      } else if (end.equals("else")) {
        end = nodes(otherwise);
      }
      if (!end.equals("end")) {
        throw invalid("{{" + kind + "}} has no {{end}}");
      }
      return new Node.Block(kind, new Words(condition).all(), body, otherwise);
    }
  }

  /// The words of one action.
  private static final class Words {
    private final String text;
    private int at;

    Words(String text) {
      this.text = text;
    }

    List<Call> all() throws UsageException {
      var pipeline = pipeline();
      if (at < text.length()) {
        throw invalid("unexpected \"" + text.substring(at) + "\"");
      }
      return pipeline;
    }

    private List<Call> pipeline() throws UsageException {
      var calls = new ArrayList<Call>();
      var terms = new ArrayList<Term>();
      while (true) {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
          at++;
        }
        boolean ends = at == text.length() || text.charAt(at) == ')';
        if (ends || text.charAt(at) == '|') {
          if (terms.isEmpty()) {
            throw invalid("missing value for command");
          }
          calls.add(new Call(List.copyOf(terms)));
          terms.clear();
          if (ends) {
            return List.copyOf(calls);
          }
          at++;
        } else {
          terms.add(term(terms.isEmpty()));
        }
      }
    }

    private Term term(boolean first) throws UsageException {
      char c = text.charAt(at);
      if (c == '(') {
        at++;
        var nested = pipeline();
        if (at == text.length()) {
          throw invalid("unclosed parenthesis");
        }
        at++;
        return new Term.Nested(nested);
      }
      if (c == '"' || c == '`') {
        return new Term.Constant(string(c));
      }
      int from = at;
      while (at < text.length() && " \t\n|()".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String word = text.substring(from, at);
      if (word.startsWith(".")) {
        return new Term.Field(word.equals(".") ? List.of() : path(word));
      }
      if (word.matches("-?[0-9]{1,18}")) {
        return new Term.Constant(Long.valueOf(word));
      }
      if (word.equals("true") || word.equals("false")) {
        return new Term.Constant(Boolean.valueOf(word));
      }
      if (!word.matches("[a-z]+") || !first) {
        throw invalid("\"" + word + "\" is not understood here");
      }
      return new Term.Function(word);
    }

    private static List<String> path(String word) throws UsageException {
      var names = List.of(word.substring(1).split("\\.", -1));
      for (String name : names) {
        if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
          throw invalid("bad field \"" + word + "\"");
        }
      }
      return names;
    }

    private String string(char quote) throws UsageException {
      var value = new StringBuilder();
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == quote) {
          at++;
          return value.toString();
        }
        if (c == '\\' && quote == '"' && at + 1 < text.length()) {
          c = text.charAt(++at);
        }
        value.append(c);
      }
      throw invalid("unterminated string");
    }
  }
}
