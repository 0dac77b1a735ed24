package jontainers.linux.proxy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import jontainers.linux.Arch;
import jontainers.linux.Syscall;

/// Encode sequences of calls as the bytes a proxy reads, and find the calls in its reply.
///
/// Little endian. A header of 16 bytes: u32 length of the reply, u32 descriptor to reply on, u32
/// descriptor to read the next frame from, u32 0. Then one operation of 64 bytes for each call: u16
/// number, u8 indirect mask (bit *i*: argument *i* is the address of an int to use), u8 flags (1
/// may fail, 2 last), u32 address of the operation to go on at when the result is 0, six i64
/// arguments, i64 result. Then the memory that arguments point to. Results start as [#NOT_RUN].
///
/// ```
///   header | zygote's operations | getpid, last | agent's | getpid, last | child's | getpid, last | memory
/// ```
///
/// Each part is performed by a process that the part before has cloned. The closing `getpid` makes
/// the proxy reply, and gives a skip to the end somewhere to land.
final class Frame {
  /// The result of a call that was not made.
  static final long NOT_RUN = Long.MIN_VALUE;

  /// How long a frame may be: a unix datagram has to fit the socket's default buffer (unix(7)).
  static final int LIMIT = 200 * 1024;

  private static final int HEADER = 16;
  private static final int OPERATION = 64;
  private static final int MAY_FAIL = 1;
  private static final int LAST = 2;
  private static final Call STOP = Call.of(Syscall.getpid, "");

  private final Arch arch;
  private final List<List<Sequence>> parts;
  private final int operations;
  private final IdentityHashMap<Object, Integer> placed = new IdentityHashMap<>();
  private int memoryAddress;
  private ByteBuffer memory = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

  private Frame(Arch arch, List<List<Sequence>> parts) {
    this.arch = arch;
    this.parts = parts;
    this.operations = parts.stream().mapToInt(part -> count(part) + 1).sum();
  }

  /// Encode the calls of processes of which each clones the next, and which all read and reply on
  /// the same number once they have put their own control socket there.
  static byte[] of(Arch arch, List<List<Sequence>> parts, int control) {
    var frame = new Frame(arch, parts);
    byte[] head = frame.head(control, frame.address(frame.operations));
    byte[] memory = frame.memory();
    byte[] all = Arrays.copyOf(head, head.length + memory.length);
    System.arraycopy(memory, 0, all, head.length, memory.length);
    return all;
  }

  /// Encode calls whose memory does not travel with them, but lies at an address of its own.
  static Split split(Arch arch, List<Sequence> calls, int control, int memoryAddress) {
    var frame = new Frame(arch, List.of(calls));
    return new Split(frame.head(control, memoryAddress), frame.memory());
  }

  /// A frame without its memory, and the memory.
  record Split(byte[] head, byte[] memory) {}

  /// Return how long the reply to a frame of these parts is.
  static int replyLength(List<List<Sequence>> parts) {
    return HEADER + OPERATION * first(parts, parts.size());
  }

  /// Return the index of a part's first operation.
  static int first(List<List<Sequence>> parts, int part) {
    return parts.subList(0, part).stream().mapToInt(calls -> count(calls) + 1).sum();
  }

  /// Estimate, from above, how much of a frame these calls take.
  static int size(List<Sequence> sequences) {
    int size = HEADER + OPERATION;
    for (var sequence : sequences) {
      for (var call : sequence.calls()) {
        size += OPERATION;
        for (var argument : call.arguments()) {
          size += size(argument);
        }
      }
    }
    return size;
  }

  private static int size(Argument argument) {
    if (argument instanceof Argument.Text text) {
      return text.bytes().length + 8;
    }
    if (argument instanceof Argument.Texts texts) {
      return 16 + texts.texts().stream().mapToInt(t -> size(t) + 8).sum();
    }
    if (argument instanceof Argument.Loaded loaded) {
      return size(loaded.from());
    }
    if (argument instanceof Argument.Within within) {
      return size(within.of());
    }
    if (argument instanceof Argument.Struct struct) {
      int size = 8;
      for (Object part : struct.parts()) {
        size += part instanceof byte[] bytes ? bytes.length : 8 + size((Argument) part);
      }
      return size;
    }
    return 0;
  }

  /// Read the results of the operations from `first` on out of a reply.
  static long[] results(byte[] reply, int first, int count) {
    var buffer = ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN);
    long[] results = new long[count];
    for (int i = 0; i < count; i++) {
      results[i] = buffer.getLong(HEADER + (first + i) * OPERATION + OPERATION - 8);
    }
    return results;
  }

  /// Count calls.
  static int count(List<Sequence> sequences) {
    int count = 0;
    for (var sequence : sequences) {
      count += sequence.calls().size();
    }
    return count;
  }

  private byte[] head(int control, int memoryAddress) {
    this.memoryAddress = memoryAddress;
    int replyLength = HEADER + operations * OPERATION;
    var head = ByteBuffer.allocate(replyLength).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(replyLength).putInt(control).putInt(control).putInt(0);
    int first = 0;
    for (var part : parts) {
      int next = first + count(part) + 1;
      for (var sequence : part) {
        for (var call : sequence.calls()) {
          operation(head, call, first, next, 0);
        }
        first += sequence.calls().size();
      }
      operation(head, STOP, first, next, LAST);
      first = next;
    }
    return head.array();
  }

  private byte[] memory() {
    return Arrays.copyOf(memory.array(), memory.position());
  }

  private void operation(ByteBuffer head, Call call, int first, int next, int flags) {
    int indirect = 0;
    long[] arguments = new long[6];
    for (int i = 0; i < call.arguments().size(); i++) {
      var argument = call.arguments().get(i);
      arguments[i] = value(argument, first);
      if (argument instanceof Argument.Loaded || argument instanceof Argument.Result) {
        indirect |= 1 << i;
      }
    }
    head.putShort((short) call.syscall().number(arch));
    head.put((byte) indirect);
    head.put((byte) ((call.mayFail() ? MAY_FAIL : 0) | flags));
    head.putInt(call.onZero().place(0, index -> address(first + index), address(next)));
    for (long argument : arguments) {
      head.putLong(argument);
    }
    head.putLong(NOT_RUN);
  }

  /// By hand, as in [#place]: a pattern switch is linked at run time, which a cold start pays for.
  private long value(Argument argument, int first) {
    if (argument instanceof Argument.Value value) {
      return value.value();
    }
    if (argument instanceof Argument.Result result) {
      return address(first + result.call()) + OPERATION - 8L;
    }
    if (argument instanceof Argument.Loaded loaded) {
      return place(loaded.from()) + (long) loaded.offset();
    }
    if (argument instanceof Argument.Within within) {
      return place(within.of()) + (long) within.offset();
    }
    if (argument instanceof Argument.OwnFrame) {
      return ProxyImage.BUFFER;
    }
    if (argument instanceof Argument.ReplyLength) {
      return HEADER + (long) operations * OPERATION;
    }
    return place(argument);
  }

  private int address(int operation) {
    return ProxyImage.BUFFER + HEADER + operation * OPERATION;
  }

  private int place(Object object) {
    Integer known = placed.get(object);
    if (known != null) {
      return known;
    }
    byte[] bytes;
    if (object instanceof Argument.Text text) {
      bytes = terminated(text.bytes());
    } else if (object instanceof Argument.Texts texts) {
      bytes = pointers(texts);
    } else if (object instanceof Argument.Struct struct) {
      bytes = structure(struct);
    } else {
      throw new IllegalStateException("not memory: " + object);
    }
    int address = append(bytes);
    placed.put(object, address);
    return address;
  }

  private byte[] pointers(Argument.Texts texts) {
    var pointers =
        ByteBuffer.allocate(8 * (texts.texts().size() + 1)).order(ByteOrder.LITTLE_ENDIAN);
    for (var text : texts.texts()) {
      pointers.putLong(place(text));
    }
    return pointers.array();
  }

  private byte[] structure(Argument.Struct struct) {
    int size = 0;
    for (Object part : struct.parts()) {
      size += part instanceof byte[] bytes ? bytes.length : 8;
    }
    var buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    for (Object part : struct.parts()) {
      if (part instanceof byte[] bytes) {
        buffer.put(bytes);
      } else {
        buffer.putLong(value((Argument) part, 0));
      }
    }
    return buffer.array();
  }

  private static byte[] terminated(byte[] bytes) {
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  private int append(byte[] bytes) {
    int start = (memory.position() + 7) & ~7;
    if (start + bytes.length > memory.capacity()) {
      int capacity = Math.max(memory.capacity() * 2, start + bytes.length);
      memory = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN).put(memory.flip());
    }
    memory.position(start).put(bytes);
    return memoryAddress + start;
  }
}
