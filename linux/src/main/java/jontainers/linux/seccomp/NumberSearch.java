package jontainers.linux.seccomp;

import java.util.ArrayList;
import java.util.List;

/// Find the answer to a number by halving the ranges of equal answers.
///
/// libseccomp compares with one number after the other; ranges make the program half as long and
/// its path a dozen instructions. Small ranges in a larger one of another answer are told apart by
/// equality, which is one instruction for each where halving needs two.
final class NumberSearch {
  /// How many exceptions a range may have before it is halved: more make the program shorter and
  /// the path longer.
  private static final int EXCEPTIONS = 3;

  private record Range(int first, int last, Answer answer) {
    boolean isSingle() {
      return first == last;
    }
  }

  private final Assembler assembler;
  private final ArgumentTests tests;
  private final List<Range> ranges;

  NumberSearch(Assembler assembler, Abi abi, Filter filter, SyscallNumbers numbers) {
    this.assembler = assembler;
    this.tests = new ArgumentTests(assembler, abi);
    this.ranges = ranges(new Decisions(filter, abi, numbers), abi.bit());
  }

  /// Return where the search begins, the number being loaded.
  int label() {
    return search(0, ranges.size());
  }

  private int search(int from, int to) {
    if (to - from == 1) {
      return tests.label(ranges.get(from).answer);
    }
    for (int common = from; common < Math.min(from + 2, to); common++) {
      var answer = ranges.get(common).answer;
      if (exceptions(from, to, answer) <= EXCEPTIONS) {
        return equalities(from, to, answer);
      }
    }
    int middle = (from + to) >>> 1;
    int high = search(middle, to);
    int low = search(from, middle);
    return assembler.branch(Assembler.JGE, ranges.get(middle).first, high, low);
  }

  /// Count the single numbers that are answered otherwise; too many if one is no single number.
  private int exceptions(int from, int to, Answer common) {
    int count = 0;
    for (var range : ranges.subList(from, to)) {
      if (range.answer != common) {
        count += range.isSingle() ? 1 : EXCEPTIONS + 1;
      }
    }
    return count;
  }

  private int equalities(int from, int to, Answer common) {
    int label = tests.label(common);
    for (var range : ranges.subList(from, to).reversed()) {
      if (range.answer != common) {
        label = assembler.branch(Assembler.JEQ, range.first, tests.label(range.answer), label);
      }
    }
    return label;
  }

  /// Cover the numbers from `first` up, unsigned, by as few ranges as there can be.
  private static List<Range> ranges(Decisions decisions, int first) {
    var ranges = new ArrayList<Range>();
    int next = first;
    for (var entry : decisions.answers().entrySet()) {
      int number = entry.getKey();
      append(ranges, next, number - 1, decisions.otherwise());
      append(ranges, number, number, entry.getValue());
      next = number + 1;
    }
    append(ranges, next, decisions.newest(), decisions.otherwise());
    next = Math.max(next, decisions.newest() + 1);
    append(ranges, next, Integer.MAX_VALUE, decisions.beyond());
    return ranges;
  }

  private static void append(List<Range> ranges, int first, int last, Answer answer) {
    if (first > last) {
      return;
    }
    if (!ranges.isEmpty() && ranges.getLast().answer == answer) {
      first = ranges.removeLast().first;
    }
    ranges.add(new Range(first, last, answer));
  }
}
