package jontainers.linux.seccomp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HashMap;
import java.util.Map;

/// The numbers of the system calls by name, for the conventions of one machine.
///
/// Read from a text with a line per call, such as `accept 43 - 43`.
final class SyscallNumbers {
  /// The name and up to three conventions.
  private static final int COLUMNS = 4;

  private final Map<String, int[]> numbers;

  private SyscallNumbers(Map<String, int[]> numbers) {
    this.numbers = numbers;
  }

  /// Read the numbers that one machine's kernel knows.
  static SyscallNumbers of(Abi own) {
    return parse((own.isX86() ? X86Numbers.text() : ArmNumbers.text()).getBytes(ISO_8859_1));
  }

  /// Return a call's number, the convention's bit included, or -1 where it has none.
  int number(String name, Abi abi) {
    int[] columns = numbers.get(name);
    int number = columns == null ? -1 : columns[abi.column()];
    return number == -1 ? -1 : number | abi.bit();
  }

  /// By hand, since a regular expression or a stream costs more than the whole compilation.
  private static SyscallNumbers parse(byte[] text) {
    var numbers = new HashMap<String, int[]>(1024);
    int at = 0;
    while (at < text.length) {
      int start = at;
      while (text[at] > ' ') {
        at++;
      }
      var name = new String(text, start, at - start, ISO_8859_1);
      var columns = new int[COLUMNS];
      for (int column = 1; text[at] == ' '; column++) {
        at++;
        int number = text[at] == '-' ? -1 : 0;
        for (; text[at] > ' '; at++) {
          number = number < 0 ? number : number * 10 + text[at] - '0';
        }
        columns[column] = number;
      }
      numbers.put(name, columns);
      at++;
    }
    return new SyscallNumbers(numbers);
  }
}
