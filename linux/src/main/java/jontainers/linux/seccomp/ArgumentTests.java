package jontainers.linux.seccomp;

import java.util.HashMap;
import java.util.Map;

/// Compare arguments, which BPF can only do by 32-bit halves, high half first.
///
/// A *point* is a place in an answer's clauses: which clause, which of its comparisons, which half.
/// What is known at a point (the half that is loaded, what was learnt of a high half) is carried
/// along, so that five rules on one argument look at its high half once. Confined to the thread
/// that compiles.
final class ArgumentTests {
  // struct seccomp_data: u32 nr, u32 arch, u64 instruction_pointer, u64 args[6], little-endian
  private static final int ARGUMENTS = 16;
  private static final int HALF = 4;

  private final Assembler assembler;
  private final boolean longs;
  private final Map<Answer, Integer> answers = new HashMap<>();

  ArgumentTests(Assembler assembler, Abi abi) {
    this.assembler = assembler;
    this.longs = abi.comparesLongs();
  }

  /// Return where an answer is worked out.
  int label(Answer answer) {
    if (answer.clauses().isEmpty()) {
      return assembler.ret(answer.otherwise().value());
    }
    Integer label = answers.get(answer);
    if (label == null) {
      label = new Walk(answer).label(Point.first(0), Known.NOTHING);
      answers.put(answer, label);
    }
    return label;
  }

  /// Points as numbers: clause, comparison (4 bits), low half (1 bit).
  private static final class Point {
    private static final int CLAUSE = 5;

    static int first(int clause) {
      return clause << CLAUSE;
    }

    static int clause(int point) {
      return point >> CLAUSE;
    }

    static int comparison(int point) {
      return point >> 1 & 0xf;
    }

    static boolean isLow(int point) {
      return (point & 1) != 0;
    }

    static int low(int point) {
      return point | 1;
    }

    static int nextComparison(int point) {
      return (point | 1) + 1;
    }

    static int nextClause(int point) {
      return first(clause(point) + 1);
    }
  }

  /// What is known before a test.
  ///
  /// @param loaded the offset of what is in the accumulator, 0 for something else
  /// @param high the offset of a high half of which something was learnt, 0 for none
  /// @param value that it equals or does not equal
  private record Known(int loaded, int high, int value, boolean equal) {
    static final Known NOTHING = new Known(0, 0, 0, false);

    Known loaded(int offset) {
      return new Known(offset, high, value, equal);
    }

    boolean isEqual(int offset) {
      return high == offset && equal;
    }

    boolean isDifferent(int offset, int half) {
      return high == offset && !equal && value == half;
    }

    /// Pack this and a point; offsets are multiples of four below 64.
    long key(int point) {
      long offsets = (long) (loaded >> 2) << 4 | high >> 2;
      return ((long) point << 9 | offsets << 1 | (equal ? 1 : 0)) << 32 | (value & 0xffffffffL);
    }
  }

  /// The clauses of one answer on their way into the program.
  private final class Walk {
    private final Answer answer;
    private final Map<Long, Integer> labels = new HashMap<>();

    Walk(Answer answer) {
      this.answer = answer;
    }

    int label(int point, Known known) {
      int clause = Point.clause(point);
      if (clause == answer.clauses().size()) {
        return assembler.ret(answer.otherwise().value());
      }
      var current = answer.clauses().get(clause);
      if (Point.comparison(point) == current.arguments().size()) {
        return assembler.ret(current.action().value());
      }
      long key = known.key(point);
      Integer label = labels.get(key);
      if (label == null) {
        label = test(point, current.arguments().get(Point.comparison(point)), known);
        labels.put(key, label);
      }
      return label;
    }

    private int test(int point, Argument argument, Known known) {
      int yes = Point.nextComparison(point);
      int no = Point.nextClause(point);
      return switch (argument.operator()) {
        case SCMP_CMP_EQ -> equal(point, argument, known, yes, no);
        case SCMP_CMP_NE -> equal(point, argument, known, no, yes);
        case SCMP_CMP_GT -> above(Assembler.JGT, point, argument, known, yes, no);
        case SCMP_CMP_LE -> above(Assembler.JGT, point, argument, known, no, yes);
        case SCMP_CMP_GE -> above(Assembler.JGE, point, argument, known, yes, no);
        case SCMP_CMP_LT -> above(Assembler.JGE, point, argument, known, no, yes);
        case SCMP_CMP_MASKED_EQ -> masked(point, argument, known, yes, no);
      };
    }

    private int equal(int point, Argument argument, Known known, int yes, int no) {
      if (isLow(point)) {
        return compare(Assembler.JEQ, low(argument), (int) argument.value(), known, yes, no);
      }
      return high(argument, known, Point.low(point), no);
    }

    /// Greater, or greater or equal: decided by the high halves unless they are equal.
    private int above(int code, int point, Argument argument, Known known, int yes, int no) {
      if (isLow(point)) {
        return compare(code, low(argument), (int) argument.value(), known, yes, no);
      }
      int offset = low(argument) + HALF;
      int half = high(argument.value());
      if (known.isEqual(offset)) {
        int order = Integer.compareUnsigned(known.value(), half);
        return label(order == 0 ? Point.low(point) : order > 0 ? yes : no, known);
      }
      if (half == 0) {
        return high(argument, known, Point.low(point), yes);
      }
      if (half == -1) {
        return high(argument, known, Point.low(point), no);
      }
      var loaded = known.loaded(offset);
      int greater = label(yes, loaded);
      int other = high(argument, loaded, Point.low(point), no);
      return load(offset, known, assembler.branch(Assembler.JGT, half, greater, other));
    }

    private int masked(int point, Argument argument, Known known, int yes, int no) {
      long wanted = argument.valueTwo() & argument.value();
      if (isLow(point)) {
        return masked(low(argument), (int) argument.value(), (int) wanted, known, yes, no);
      }
      int mask = high(argument.value());
      return masked(low(argument) + HALF, mask, high(wanted), known, Point.low(point), no);
    }

    private int masked(int offset, int mask, int wanted, Known known, int yes, int no) {
      if (mask == 0) {
        return label(yes, known);
      }
      if (known.isEqual(offset)) {
        return label((known.value() & mask) == wanted ? yes : no, known);
      }
      if (wanted == 0) {
        return compare(Assembler.JSET, offset, mask, known, no, yes);
      }
      // The masked half is in the accumulator afterwards, which nothing else can use.
      var after = known.loaded(0);
      int then = label(yes, after);
      int otherwise = label(no, after);
      int branch = assembler.branch(Assembler.JEQ, wanted, then, otherwise);
      return load(offset, known, assembler.and(mask, branch));
    }

    /// Ask whether the high half is the argument's, unless that is known.
    private int high(Argument argument, Known known, int equal, int different) {
      int offset = low(argument) + HALF;
      int half = high(argument.value());
      if (known.isEqual(offset)) {
        return label(known.value() == half ? equal : different, known);
      }
      if (known.isDifferent(offset, half)) {
        return label(different, known);
      }
      int then = label(equal, new Known(offset, offset, half, true));
      int otherwise = label(different, new Known(offset, offset, half, false));
      return load(offset, known, assembler.branch(Assembler.JEQ, half, then, otherwise));
    }

    private int compare(int code, int offset, int operand, Known known, int yes, int no) {
      var after = known.loaded(offset);
      int then = label(yes, after);
      int otherwise = label(no, after);
      return load(offset, known, assembler.branch(code, operand, then, otherwise));
    }

    private int load(int offset, Known known, int label) {
      return known.loaded() == offset ? label : assembler.load(offset, label);
    }

    private boolean isLow(int point) {
      return !longs || Point.isLow(point);
    }

    private int low(Argument argument) {
      return ARGUMENTS + 8 * argument.index();
    }

    private int high(long value) {
      return (int) (value >>> 32);
    }
  }
}
