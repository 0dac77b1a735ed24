package jontainers.linux.proxy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import jontainers.linux.Syscall;

/// A guard that becomes the keeper of its child, so that this JVM can go and the child stay.
///
/// The JVM sends two messages; the second carries four descriptors: the master of the child's
/// terminal, its other side, whatever is to be held (a lock), and a file for the exit status. From
/// the answer on the keeper has nothing to do with the JVM. It takes what the terminal shows, so
/// that the child never waits for a reader, until the child has ended; then it writes an
/// [ExitRecord] and ends, and what it held is free.
///
/// That the other side of the terminal is open here, too, keeps a child that closes its own from
/// being seen as a hang-up, which poll(2) would report for ever.
final class Keeper {
  /// The length of the message that says the guard has become a keeper.
  static final int ANSWER = 1;

  private static final int MASTER = 103;
  private static final int PEER = 104;
  private static final int HELD = 105;
  private static final int RECORD = 106;

  private static final String KEEPER = "the keeper";
  private static final Argument O_CLOEXEC = Argument.of(0x80000, "O_CLOEXEC");
  private static final long LAST_FD = 0xffffffffL;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final Argument F_SETFL = Argument.of(4, "F_SETFL");
  private static final Argument O_NONBLOCK = Argument.of(02 | 04000, "O_RDWR|O_NONBLOCK");
  private static final int POLLIN = 1;
  private static final Argument NULL = Argument.of(0, "NULL");

  /// struct cmsghdr with room for the descriptors, which begin at [#FIRST].
  private static final int PASSED = 32;

  private static final int FIRST = 16;
  private static final int TAKEN = 1024;

  // include/uapi/linux/pidfd.h: _IOWR(0xff, 11, struct pidfd_info), in its first size
  private static final Argument PIDFD_GET_INFO = Argument.of(0xc040ff0bL, "PIDFD_GET_INFO");

  private Keeper() {}

  /// Return the calls that wait for the JVM: for its end, and then the guard's calls go on behind
  /// these, or for the two messages.
  ///
  /// @param start the index of the first of them
  static List<Call> calls(int start) {
    var one = Argument.Struct.of("byte", new byte[8]);
    var descriptors = Argument.Struct.of("descriptors", new byte[PASSED]);
    var header = Roles.header(Roles.oneByte(), descriptors, PASSED);
    var both =
        polled("[{terminal, POLLIN}, {child, POLLIN}]", MASTER, POLLIN, Roles.GUARDED, POLLIN);
    var child = polled("[{child, POLLIN}]", Roles.GUARDED, POLLIN);
    var reaped = polled("[{child, POLLHUP}]", Roles.GUARDED, 0);
    var taken = Argument.Struct.of("bytes", new byte[TAKEN]);
    var info =
        Argument.Struct.of(
            "info", Roles.number(ExitRecord.PIDFD_INFO_EXIT), new byte[ExitRecord.SIZE - 8]);
    int loop = start + 11;
    int end = start + 18;
    return List.of(
        // The first says ECONNRESET if the JVM died before it had read what the agent told it.
        Call.of(Syscall.recvfrom, KEEPER, Roles.CONTROL, one, 1).allowedToFail().skippingTo(end),
        Call.of(Syscall.recvmsg, KEEPER, Roles.CONTROL, header, 0).allowedToFail().skippingTo(end),
        Call.of(Syscall.close_range, KEEPER, Roles.GUARDED + 1, MASTER - 1, 0),
        taking(descriptors, 0, MASTER),
        taking(descriptors, 1, PEER),
        taking(descriptors, 2, HELD),
        taking(descriptors, 3, RECORD),
        Call.of(Syscall.close_range, KEEPER, 0, Roles.CONTROL - 1, 0),
        Call.of(Syscall.close_range, KEEPER, RECORD + 1, LAST_FD, 0),
        Call.of(Syscall.fcntl, KEEPER, MASTER, F_SETFL, O_NONBLOCK),
        Call.of(Syscall.sendto, KEEPER, Roles.CONTROL, one, ANSWER, MSG_NOSIGNAL).allowedToFail(),
        // loop: take what the terminal shows, until the child has ended
        Call.of(Syscall.ppoll, KEEPER, both, 2, NULL, NULL, 8).allowedToFail(),
        Call.of(Syscall.read, KEEPER, MASTER, taken, TAKEN).allowedToFail(),
        Call.of(Syscall.ppoll, KEEPER, child, 1, timeout(0), NULL, 8)
            .allowedToFail()
            .skippingTo(loop),
        // The kernel tells the status of a child that has been reaped, and hangs up when it is.
        Call.of(Syscall.ppoll, KEEPER, reaped, 1, timeout(2), NULL, 8).allowedToFail(),
        Call.of(Syscall.ioctl, KEEPER, Roles.GUARDED, PIDFD_GET_INFO, info).allowedToFail(),
        Call.of(Syscall.write, KEEPER, RECORD, info, ExitRecord.SIZE).allowedToFail(),
        Call.of(Syscall.exit_group, KEEPER, 0));
  }

  private static Call taking(Argument.Struct descriptors, int index, int number) {
    return Call.of(
        Syscall.dup3,
        KEEPER,
        new Argument.Loaded(descriptors, FIRST + 4 * index),
        number,
        O_CLOEXEC);
  }

  /// Make an array of struct pollfd.
  ///
  /// @param pairs a descriptor and its events, each time
  private static Argument.Struct polled(String text, int... pairs) {
    var bytes = ByteBuffer.allocate(pairs.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < pairs.length; i += 2) {
      bytes.putInt(pairs[i]).putShort((short) pairs[i + 1]).putShort((short) 0);
    }
    return Argument.Struct.of(text, (Object) bytes.array());
  }

  private static Argument.Struct timeout(long seconds) {
    return Argument.Struct.of("{" + seconds + ", 0}", Roles.number(seconds), Roles.number(0));
  }
}
