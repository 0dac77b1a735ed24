package jontainers.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/// Decide which devices the processes of a cgroup of version 2 may make, read and write: an eBPF
/// program of the type BPF_PROG_TYPE_CGROUP_DEVICE (Documentation/admin-guide/cgroup-v2.rst,
/// "Device controller").
///
/// The last rule that matches decides, as in version 1; without any the answer is no.
///
/// @param rules in the order in which they were given
public record DeviceFilter(List<Rule> rules) {
  private static final int BPF_PROG_LOAD = 5;
  private static final int BPF_PROG_ATTACH = 8;
  private static final int BPF_PROG_DETACH = 9;
  private static final int BPF_PROG_GET_FD_BY_ID = 13;
  private static final int BPF_PROG_QUERY = 16;
  private static final int MOST_PROGRAMS = 64;
  private static final int BPF_PROG_TYPE_CGROUP_DEVICE = 15;
  private static final int BPF_CGROUP_DEVICE = 6;
  private static final int BPF_F_ALLOW_MULTI = 2;

  private static final int TYPE = 2;
  private static final int ACCESS = 3;
  private static final int MAJOR = 4;
  private static final int MINOR = 5;
  private static final int SCRATCH = 1;
  private static final int ALL = 7;

  /// One rule.
  ///
  /// @param verdict what it says of a device that matches
  /// @param type which nodes it is about
  /// @param major the device's, or negative for any
  /// @param minor the device's, or negative for any
  /// @param access some of [#MKNOD], [#READ] and [#WRITE]; allowing needs all that is asked for to
  ///   be among them, denying any
  public record Rule(Verdict verdict, Type type, long major, long minor, int access) {
    public static final int MKNOD = 1;
    public static final int READ = 2;
    public static final int WRITE = 4;

    private boolean isUnconditional() {
      return type == Type.ANY && major < 0 && minor < 0 && access == ALL;
    }
  }

  /// What a rule says.
  public enum Verdict {
    DENY,
    ALLOW
  }

  /// Which nodes a rule is about.
  public enum Type {
    ANY,
    BLOCK,
    CHARACTER
  }

  public DeviceFilter {
    rules = List.copyOf(rules);
  }

  /// Load the program and attach it to a cgroup; it goes with the cgroup.
  ///
  /// @throws SyscallException EPERM without CAP_SYS_ADMIN or CAP_BPF, EINVAL without
  ///   CONFIG_CGROUP_BPF
  public void attach(Path cgroup) throws SyscallException {
    try (var arena = Arena.ofConfined();
        var directory = Fd.open(cgroup, Fd.O_RDONLY | Fd.O_DIRECTORY);
        var program = load(arena, cgroup.toString())) {
      var attach = arena.allocate(32, 8); // target_fd, attach_bpf_fd, attach_type, attach_flags
      Memory.putInt(attach, 0, directory.number());
      Memory.putInt(attach, 4, program.number());
      Memory.putInt(attach, 8, BPF_CGROUP_DEVICE);
      Memory.putInt(attach, 12, BPF_F_ALLOW_MULTI);
      Kernel.call(Syscall.bpf, "device filter of " + cgroup, BPF_PROG_ATTACH, attach.address(), 32);
    }
  }

  /// Attach the program in the place of all that are attached; at no time is there none.
  public void replace(Path cgroup) throws SyscallException {
    try (var arena = Arena.ofConfined();
        var directory = Fd.open(cgroup, Fd.O_RDONLY | Fd.O_DIRECTORY)) {
      String name = "device filters of " + cgroup;
      var ids = arena.allocate(JAVA_INT, MOST_PROGRAMS);
      var query =
          arena.allocate(64, 8); // target_fd, attach_type, query_flags, attach_flags, ids, count
      Memory.putInt(query, 0, directory.number());
      Memory.putInt(query, 4, BPF_CGROUP_DEVICE);
      Memory.putLong(query, 16, ids.address());
      Memory.putInt(query, 24, MOST_PROGRAMS);
      Kernel.call(Syscall.bpf, name, BPF_PROG_QUERY, query.address(), 64);
      attach(cgroup);
      for (int i = 0; i < Memory.getInt(query, 24); i++) {
        detach(arena, directory, Memory.getInt(ids, 4L * i), name);
      }
    }
  }

  private static void detach(Arena arena, Fd directory, int id, String name)
      throws SyscallException {
    var get = arena.allocate(16, 8); // prog_id
    Memory.putInt(get, 0, id);
    try (var program =
        Fd.owning(
            (int) Kernel.call(Syscall.bpf, name, BPF_PROG_GET_FD_BY_ID, get.address(), 16), name)) {
      var detach = arena.allocate(32, 8); // target_fd, attach_bpf_fd, attach_type
      Memory.putInt(detach, 0, directory.number());
      Memory.putInt(detach, 4, program.number());
      Memory.putInt(detach, 8, BPF_CGROUP_DEVICE);
      Kernel.call(Syscall.bpf, name, BPF_PROG_DETACH, detach.address(), 32);
    }
  }

  private Fd load(Arena arena, String object) throws SyscallException {
    byte[] program = program();
    var instructions = arena.allocate(program.length, 8);
    instructions.copyFrom(java.lang.foreign.MemorySegment.ofArray(program));
    var load = arena.allocate(128, 8); // prog_type, insn_cnt, insns, license, log_…
    Memory.putInt(load, 0, BPF_PROG_TYPE_CGROUP_DEVICE);
    Memory.putInt(load, 4, program.length / 8);
    Memory.putLong(load, 8, instructions.address());
    Memory.putLong(load, 16, Kernel.cString(arena, "Apache-2.0").address());
    String name = "device filter of " + object;
    return Fd.owning(
        (int) Kernel.call(Syscall.bpf, name, BPF_PROG_LOAD, load.address(), 128), name);
  }

  /// Assemble: struct bpf_cgroup_dev_ctx is {access << 16 | type, major, minor}.
  byte[] program() {
    var code = new Code();
    code.add(0x61, TYPE, 1, 0, 0); //   r2 = *(u32 *)(r1 + 0)
    code.add(0xbc, ACCESS, TYPE, 0, 0); // w3 = w2
    code.add(0x54, TYPE, 0, 0, 0xffff); // w2 &= 0xffff
    code.add(0x74, ACCESS, 0, 0, 16); // w3 >>= 16
    code.add(0x61, MAJOR, 1, 4, 0); //  r4 = *(u32 *)(r1 + 4)
    code.add(0x61, MINOR, 1, 8, 0); //  r5 = *(u32 *)(r1 + 8)
    for (var rule : rules.reversed()) {
      code.append(block(rule));
      if (rule.isUnconditional()) {
        return code.bytes(); // the verifier takes no instruction that cannot be reached
      }
    }
    code.append(block(new Rule(Verdict.DENY, Type.ANY, -1, -1, ALL)));
    return code.bytes();
  }

  /// Answer if the rule matches, else fall through to the block behind.
  private static Code block(Rule rule) {
    var tests = new Code();
    switch (rule.type()) {
      case ANY -> {}
      case BLOCK -> tests.unlessEqual(TYPE, 1);
      case CHARACTER -> tests.unlessEqual(TYPE, 2);
    }
    if (rule.access() != ALL) {
      tests.add(0xbc, SCRATCH, ACCESS, 0, 0); // w1 = w3
      tests.add(0x54, SCRATCH, 0, 0, rule.access()); // w1 &= access
      switch (rule.verdict()) {
        case ALLOW -> tests.add(0x5e, SCRATCH, ACCESS, Code.NEXT, 0); // if w1 != w3 goto next
        case DENY -> tests.add(0x16, SCRATCH, 0, Code.NEXT, 0); // if w1 == 0 goto next
      }
    }
    if (rule.major() >= 0) {
      tests.unlessEqual(MAJOR, (int) rule.major());
    }
    if (rule.minor() >= 0) {
      tests.unlessEqual(MINOR, (int) rule.minor());
    }
    tests.add(0xb4, 0, 0, 0, rule.verdict() == Verdict.ALLOW ? 1 : 0); // w0 = verdict
    tests.add(0x95, 0, 0, 0, 0); // exit
    return tests.resolved();
  }

  /// Instructions of eight bytes: Documentation/bpf/standardization/instruction-set.rst.
  private static final class Code {
    /// Stands for the distance to the end of a block.
    static final int NEXT = Short.MIN_VALUE;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void add(int opcode, int destination, int source, int offset, int immediate) {
      var one = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      one.put((byte) opcode).put((byte) (destination | source << 4));
      one.putShort((short) offset).putInt(immediate);
      bytes.writeBytes(one.array());
    }

    void unlessEqual(int register, int value) {
      add(0x56, register, 0, NEXT, value); // if wN != value goto next
    }

    void append(Code other) {
      bytes.writeBytes(other.bytes());
    }

    Code resolved() {
      var code = ByteBuffer.wrap(bytes()).order(ByteOrder.LITTLE_ENDIAN);
      int count = code.capacity() / 8;
      for (int i = 0; i < count; i++) {
        if (code.getShort(i * 8 + 2) == NEXT) {
          code.putShort(i * 8 + 2, (short) (count - i - 1));
        }
      }
      var resolved = new Code();
      resolved.bytes.writeBytes(code.array());
      return resolved;
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }
  }
}
