package jontainers.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Run a classic BPF program over a `struct seccomp_data`, after checking it as the kernel does.
///
/// Source: bpf_check_classic and seccomp_check_filter of the kernel. Knows every instruction that
/// seccomp allows and that we or libseccomp write.
final class BpfMachine {
  private static final int DATA_SIZE = 64;

  private final int[] codes;
  private final int[] yes;
  private final int[] no;
  private final int[] operands;
  private int executed;
  private int unreachable;

  BpfMachine(byte[] bytes) {
    var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = bytes.length / Program.INSTRUCTION_SIZE;
    codes = new int[length];
    yes = new int[length];
    no = new int[length];
    operands = new int[length];
    for (int i = 0; i < length; i++) {
      codes[i] = buffer.getShort() & 0xffff;
      yes[i] = buffer.get() & 0xff;
      no[i] = buffer.get() & 0xff;
      operands[i] = buffer.getInt();
    }
    check();
  }

  /// Run; return the action.
  int run(int arch, int number, long... arguments) {
    var data = ByteBuffer.allocate(DATA_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(number).putInt(arch).putLong(0x1234_5678_9abc_def0L);
    for (long argument : arguments) {
      data.putLong(argument);
    }
    int accumulator = 0;
    executed = 0;
    for (int at = 0; ; at++) {
      executed++;
      int k = operands[at];
      switch (codes[at]) {
        case 0x20 -> accumulator = data.getInt(k);
        case 0x54 -> accumulator &= k;
        case 0x06 -> {
          return k;
        }
        case 0x05 -> at += k;
        case 0x15 -> at += accumulator == k ? yes[at] : no[at];
        case 0x25 -> at += Integer.compareUnsigned(accumulator, k) > 0 ? yes[at] : no[at];
        case 0x35 -> at += Integer.compareUnsigned(accumulator, k) >= 0 ? yes[at] : no[at];
        case 0x45 -> at += (accumulator & k) != 0 ? yes[at] : no[at];
        default -> throw new AssertionError("code " + codes[at]);
      }
    }
  }

  /// Return how many instructions no run can come to, which the kernel would not mind.
  int unreachable() {
    return unreachable;
  }

  int length() {
    return codes.length;
  }

  /// Return how many instructions the last run took.
  int executed() {
    return executed;
  }

  private void check() {
    int length = codes.length;
    verify(length > 0 && length <= Program.MAX_LENGTH, "length", length);
    boolean[] reached = new boolean[length];
    reached[0] = true;
    for (int at = 0; at < length; at++) {
      unreachable += reached[at] ? 0 : 1;
      switch (codes[at]) {
        case 0x20 -> {
          verify(operands[at] % 4 == 0 && operands[at] >= 0, "offset", at);
          verify(operands[at] < DATA_SIZE, "offset", at);
          reach(reached, at, 1);
        }
        case 0x54 -> reach(reached, at, 1);
        case 0x06 -> {}
        case 0x05 -> {
          verify(operands[at] >= 0, "backward jump", at);
          reach(reached, at, 1L + operands[at]);
        }
        case 0x15, 0x25, 0x35, 0x45 -> {
          reach(reached, at, 1 + yes[at]);
          reach(reached, at, 1 + no[at]);
        }
        default -> throw new AssertionError("code " + codes[at] + " at " + at);
      }
    }
    verify(codes[length - 1] == 0x06, "the end", length - 1);
  }

  private void reach(boolean[] reached, int at, long distance) {
    verify(at + distance < codes.length, "jump out of the program", at);
    reached[(int) (at + distance)] = true;
  }

  private static void verify(boolean holds, String what, int at) {
    if (!holds) {
      throw new AssertionError(what + " at " + at);
    }
  }
}
