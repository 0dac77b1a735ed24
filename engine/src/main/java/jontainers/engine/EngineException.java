package jontainers.engine;

import java.util.List;
import java.util.Optional;

/// Tell what the engine did not do and why; nothing is half done.
///
/// The category is what a caller decides by: an HTTP status, an exit code.
public final class EngineException extends Exception {
  private static final long serialVersionUID = 1L;

  /// What kind of failure it is.
  public enum Category {
    /// There is no such thing.
    NOT_FOUND,
    /// Something else has what is asked for, or its state forbids it.
    CONFLICT,
    /// The request cannot be meant.
    INVALID,
    /// The caller may not.
    FORBIDDEN,
    /// This machine or this engine cannot.
    UNSUPPORTED,
    /// The program is not in the container.
    PROGRAM_NOT_FOUND,
    /// The program is in the container and cannot be executed.
    PROGRAM_NOT_EXECUTABLE,
    /// The kernel or the disk refused.
    INTERNAL
  }

  private final Category category;
  private final String hint;
  private final transient List<String> problems;

  public EngineException(Category category, String message) {
    this(category, message, "");
  }

  /// Make one with a hint.
  ///
  /// @param hint what to check or to do, or empty
  public EngineException(Category category, String message, String hint) {
    super(message);
    this.category = category;
    this.hint = hint;
    this.problems = List.of(message);
  }

  /// Make one of several problems, each a sentence of its own.
  EngineException(Category category, List<String> problems) {
    super(String.join("\n", problems));
    this.category = category;
    this.hint = "";
    this.problems = List.copyOf(problems);
  }

  EngineException(Category category, String message, String hint, Throwable cause) {
    super(message, cause);
    this.category = category;
    this.hint = hint;
    this.problems = List.of(message);
  }

  public Category category() {
    return category;
  }

  /// Return what is wrong, a line for each; a request may have several problems.
  public List<String> problems() {
    return problems;
  }

  /// Return what to check or to do, to be printed on a line of its own.
  public Optional<String> hint() {
    return hint.isEmpty() ? Optional.empty() : Optional.of(hint);
  }
}
