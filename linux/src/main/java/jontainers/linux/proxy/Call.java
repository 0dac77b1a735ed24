package jontainers.linux.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.IntUnaryOperator;
import jontainers.linux.Errno;
import jontainers.linux.Syscall;

/// One system call as data: what a proxy is to do, and what a reader sees of it.
///
/// @param syscall which
/// @param arguments up to six, in the manual's order
/// @param object what the call is about, in the user's words, for its error message
/// @param mayFail whether the proxy goes on after an error
/// @param onZero where the proxy goes on when the result is 0
public record Call(
    Syscall syscall, List<Argument> arguments, String object, boolean mayFail, OnZero onZero) {

  /// Where to go on when a call returned 0.
  public sealed interface OnZero {
    /// Choose the address to go on at.
    ///
    /// @param next where the next call is meant
    /// @param skip finds a call of the sequence
    /// @param child where the next part is
    default int place(int next, IntUnaryOperator skip, int child) {
      if (this instanceof Skip to) {
        return skip.applyAsInt(to.to());
      }
      return this instanceof Child ? child : next;
    }

    /// At the next call.
    record Next() implements OnZero {}

    /// At a call of the same sequence; its size stands for the sequence's end.
    record Skip(int to) implements OnZero {}

    /// At the first call of the frame's next part: the new process of a clone.
    record Child() implements OnZero {}
  }

  public Call {
    if (arguments.size() > 6) {
      throw new IllegalArgumentException("more than six arguments: " + syscall);
    }
    arguments = List.copyOf(arguments);
  }

  /// Make a call whose failure stops the proxy.
  ///
  /// @param arguments [Argument], [Number] or [String]
  public static Call of(Syscall syscall, String object, Object... arguments) {
    var list = new ArrayList<Argument>(arguments.length);
    for (Object argument : arguments) {
      list.add(argument(argument));
    }
    return new Call(syscall, list, object, false, new OnZero.Next());
  }

  /// Return this call, its failure not stopping the proxy.
  public Call allowedToFail() {
    return new Call(syscall, arguments, object, true, onZero);
  }

  /// Return this call; when its result is 0 the proxy goes on at `to`, an index of the sequence,
  /// which may lie before: a loop.
  public Call skippingTo(int to) {
    return new Call(syscall, arguments, object, mayFail, new OnZero.Skip(to));
  }

  /// Return this call; when its result is 0 the proxy goes on with the frame's next part.
  public Call continuingAsChild() {
    return new Call(syscall, arguments, object, mayFail, new OnZero.Child());
  }

  /// Return this call as it was made: with the numbers that earlier calls have returned.
  ///
  /// @param results by the index of the earlier call in the sequence
  public Call with(Map<Integer, Long> results) {
    var known = new ArrayList<Argument>(arguments.size());
    for (var argument : arguments) {
      known.add(
          argument instanceof Argument.Result result && results.containsKey(result.call())
              ? Argument.of(results.getOrDefault(result.call(), 0L))
              : argument);
    }
    return new Call(syscall, known, object, mayFail, onZero);
  }

  /// Print like strace(1): `setsid() = 0`.
  public String trace(long result) {
    var line = new StringJoiner(", ", syscall.name() + "(", ")");
    arguments.forEach(argument -> line.add(argument.toString()));
    return line + " = " + outcome(result);
  }

  @Override
  public String toString() {
    var line = new StringJoiner(", ", syscall.name() + "(", ")");
    arguments.forEach(argument -> line.add(argument.toString()));
    return line.toString();
  }

  private static String outcome(long result) {
    if (result < 0 && result > -4096) {
      var errno = Errno.of((int) -result);
      return "-1 " + errno + " (" + errno.text() + ")";
    }
    return Long.toString(result);
  }

  /// By hand: a pattern switch is linked at run time, which a cold start pays for.
  private static Argument argument(Object value) {
    if (value instanceof Argument argument) {
      return argument;
    }
    if (value instanceof String text) {
      return Argument.of(text);
    }
    if (value instanceof Number number) {
      return Argument.of(number.longValue());
    }
    throw new IllegalArgumentException("no argument of a system call: " + value);
  }
}
