package jontainers.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Write a classic BPF program from its end to its beginning.
///
/// Jumps of classic BPF only go forward, so that an instruction's targets exist when it is written
/// and an instruction is its *label*: its distance from the program's end. Equal instructions with
/// equal targets are written once. Conditional jumps reach 255 instructions; a farther target gets
/// a stepping stone. Confined to the thread that compiles.
final class Assembler {
  // include/uapi/linux/bpf_common.h
  static final int JEQ = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  static final int JGT = 0x25;
  static final int JGE = 0x35;
  static final int JSET = 0x45;
  private static final int JA = 0x05;
  private static final int RET = 0x06; // BPF_RET | BPF_K
  private static final int LD = 0x20; // BPF_LD | BPF_W | BPF_ABS
  private static final int AND = 0x54; // BPF_ALU | BPF_AND | BPF_K

  private static final int REACH = 255;

  private long[] instructions = new long[256];
  private int size;
  private final Map<Integer, Integer> returns = new HashMap<>();
  private final Map<Long, Integer> branches = new HashMap<>();

  /// `return value;`
  int ret(int value) {
    Integer known = returns.get(value);
    if (known != null && size - known <= REACH) {
      return known;
    }
    int label = write(RET, value, 0, 0);
    returns.put(value, label);
    return label;
  }

  /// `A = *(u32 *)(seccomp_data + offset);` then go on at a label.
  int load(int offset, int next) {
    return before(next, LD, offset);
  }

  /// `A &= mask;` then go on at a label.
  int and(int mask, int next) {
    return before(next, AND, mask);
  }

  /// `if (A <code> operand) goto yes; else goto no;`
  int branch(int code, int operand, int yes, int no) {
    if (yes == no) {
      return yes;
    }
    long key = key(code, operand, yes, no);
    Integer known = branches.get(key);
    if (known != null) {
      return known;
    }
    // One less than the reach, since the other target's stone may come between.
    int near = near(yes, REACH - 1);
    int other = near(no, REACH);
    int label = write(code, operand, size - near - 1, size - other - 1);
    branches.put(key, label);
    return label;
  }

  /// Return the program, whose first instruction is a label.
  byte[] program(int first) {
    if (first != size - 1) {
      jump(first);
    }
    var bytes = ByteBuffer.allocate(size * Program.INSTRUCTION_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    for (int label = size - 1; label >= 0; label--) {
      bytes.putLong(instructions[label]);
    }
    return bytes.array();
  }

  private int before(int next, int code, int operand) {
    long key = key(code, operand, next, next);
    Integer known = branches.get(key);
    if (known != null) {
      return known;
    }
    if (next != size - 1) {
      jump(next);
    }
    int label = write(code, operand, 0, 0);
    branches.put(key, label);
    return label;
  }

  private int near(int target, int reach) {
    return size - target - 1 <= reach ? target : step(target);
  }

  /// A copy of a return, or a jump; either is as near as can be.
  private int step(int target) {
    if ((instructions[target] & 0xffff) == RET) {
      int value = (int) (instructions[target] >>> 32);
      int label = ret(value);
      return size - label - 1 < REACH - 1 ? label : write(RET, value, 0, 0);
    }
    return jump(target);
  }

  private int jump(int target) {
    return write(JA, size - target - 1, 0, 0);
  }

  /// Labels have 12 bits, the codes seven.
  private static long key(int code, int operand, int yes, int no) {
    return ((long) code << 24 | (long) yes << 12 | no) << 32 | (operand & 0xffffffffL);
  }

  private int write(int code, int operand, int yes, int no) {
    if (size == Program.MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a seccomp filter of more than " + Program.MAX_LENGTH + " instructions");
    }
    if (size == instructions.length) {
      instructions = Arrays.copyOf(instructions, 2 * size);
    }
    instructions[size] = code | (long) yes << 16 | (long) no << 24 | (long) operand << 32;
    return size++;
  }
}
