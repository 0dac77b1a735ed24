package jontainers.linux.proxy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import jontainers.linux.Arch;
import jontainers.linux.Fd;
import jontainers.linux.Memfd;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.Spawn;
import jontainers.linux.SyscallException;

/// Write the syscall proxy: a static ELF of less than 400 bytes that performs frames of calls.
///
/// The machine code is assembled from `src/main/asm/proxy-*.S`, which explain it line by line; a
/// test assembles them again and compares. Two segments (elf(5)): the code, and [#BUFFER_SIZE]
/// bytes of zeroes at [#BUFFER], the frame. Nothing is relocated: Java computes every address.
final class ProxyImage {
  /// Where the frame lies in the proxy's memory.
  static final int BUFFER = 0x800000;

  /// How long a frame may be for the proxy's read(2).
  static final int BUFFER_SIZE = 0x40000;

  /// What the kernel shows as its name.
  private static final String NAME = "jontainers";

  private static final int TEXT = 0x400000;
  private static final int HEADERS = 64 + 2 * 56;

  private static final String X86_64 =
      "bb000080008b7b0889deba0000040031c00f054885c00f8e940000008d6b1044"
          + "0fb66502488b7d08488b7510488b55184c8b55204c8b45284c8b4d3041d1ec73"
          + "0348633f41d1ec730348633641d1ec730348631241d1ec73034d631241d1ec73"
          + "034d630041d1ec73034d63090fb745000f05488945384885c075098b4d04e304"
          + "89cdeb9b483d01f0ffff7206f6450301740bf6450302750583c540eb828b138b"
          + "7b0489deb8010000000f05e950ffffffbf7d000000b8e70000000f05";

  private static final String AARCH64 =
      "1310a0d2600a40b9e10313aa8200a0d2e80780d2010000d41f0000f1cd040054"
          + "74420091950a4039960e4039808640a9828e41a9849642a955000036000080b9"
          + "55000836210080b955001036420080b955001836630080b955002036840080b9"
          + "55002836a50080b988024079010000d4801e00f9a00000b5890640b969000034"
          + "f40309aae8ffff171ffc3fb143000054960000367600083794020191e2ffff17"
          + "62024029e10313aa080880d2010000d4d4ffff17a00f80d2c80b80d2010000d4";

  private ProxyImage() {}

  /// Return the whole file for an architecture.
  static byte[] elf(Arch arch) {
    byte[] code = code(arch);
    int size = HEADERS + code.length;
    var file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0); // 64 bit, little endian
    file.putShort((short) 2).putShort((short) arch.elfMachine()).putInt(1); // ET_EXEC
    file.putLong(TEXT + HEADERS).putLong(64).putLong(0); // e_entry, e_phoff, e_shoff
    file.putInt(0).putShort((short) 64); // e_flags, e_ehsize
    file.putShort((short) 56).putShort((short) 2); // e_phentsize, e_phnum
    file.putShort((short) 64).putShort((short) 0).putShort((short) 0); // no sections
    load(file, 5, TEXT, size, size); // PF_R | PF_X
    load(file, 6, BUFFER, 0, BUFFER_SIZE); // PF_R | PF_W
    return file.put(code).array();
  }

  /// Start a proxy whose first frame waits for it already.
  ///
  /// @param control to which the frame is sent, the other end of the first of `passed`; lent
  /// @param passed its descriptors from 0 on; lent
  static Pidfd spawn(byte[] frame, PacketSocket control, List<Fd> passed) throws SyscallException {
    return spawn(frame, control, passed, List.of());
  }

  /// The same, with descriptors from [Plan#PRESERVED] on.
  ///
  /// @param preserved lent
  static Pidfd spawn(byte[] frame, PacketSocket control, List<Fd> passed, List<Fd> preserved)
      throws SyscallException {
    try (var image = Memfd.executable(NAME, elf(Arch.current()))) {
      control.send(frame);
      return Pidfd.open(
          Spawn.spawn(
              image.procPath().toString(),
              List.of(NAME),
              List.of(),
              passed,
              preserved,
              Plan.PRESERVED));
    }
  }

  /// Return the machine code alone.
  static byte[] code(Arch arch) {
    return HexFormat.of()
        .parseHex(
            switch (arch) {
              case X86_64 -> X86_64;
              case AARCH64 -> AARCH64;
            });
  }

  /// Append a PT_LOAD program header.
  private static void load(ByteBuffer file, int flags, long address, long fileSize, long size) {
    file.putInt(1).putInt(flags).putLong(0).putLong(address).putLong(address);
    file.putLong(fileSize).putLong(size).putLong(0x10000); // pages of 64 KiB exist on aarch64
  }
}
