package jontainers.linux.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Arch;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.SyscallException;

/// The frames that make an agent and its child, and the reading of their replies.
///
/// The first frame holds the calls of the zygote, if there is one, the agent's, and the child's
/// first ones; each further frame goes to the child when it has replied to the one before. Only the
/// last has no reply, but the end of the conversation, since execve(2) closed the child's control
/// socket.
final class Script {
  private static final Arch ARCH = Arch.current();

  /// What stands before the child's calls in the first frame; the last of them are the agent's.
  private final List<List<Sequence>> makers;

  private final List<List<Sequence>> parts;

  /// Where the child has its control socket when it reads the frames after the first.
  private final int control;

  private Script(List<List<Sequence>> makers, List<List<Sequence>> parts, int control) {
    this.makers = makers;
    this.parts = parts;
    this.control = control;
  }

  /// Divide the calls into frames.
  ///
  /// @param zygote what makes the agent; empty when it is spawned
  static Script of(List<Sequence> zygote, List<Sequence> agent, List<Sequence> child, Pace pace) {
    var makers = zygote.isEmpty() ? List.of(agent) : List.of(zygote, agent);
    int size = makers.stream().mapToInt(Frame::size).sum();
    return new Script(
        makers,
        switch (pace) {
          case ALL_AT_ONCE -> split(child, Frame.LIMIT - size);
          case ONE_BY_ONE -> child.stream().map(List::of).toList();
        },
        Roles.CONTROL);
  }

  /// Divide calls into frames that go to a child that is there already.
  ///
  /// @param control where it has its control socket
  static Script later(List<Sequence> child, Pace pace, int control) {
    return new Script(
        List.of(),
        switch (pace) {
          case ALL_AT_ONCE -> split(child, Frame.LIMIT);
          case ONE_BY_ONE -> child.stream().map(List::of).toList();
        },
        control);
  }

  /// How the last calls of a script end.
  enum End {
    /// With an execve(2), after which nobody replies.
    PROGRAM,
    /// With a reply: the child waits for more.
    REPLY
  }

  /// Fill frames in order; what is too large for any (an environment) gets one of its own.
  private static List<List<Sequence>> split(List<Sequence> child, int limit) {
    var parts = new ArrayList<List<Sequence>>();
    var part = new ArrayList<Sequence>();
    int size = 0;
    for (var sequence : child) {
      int more = Frame.size(List.of(sequence));
      if (!part.isEmpty() && size + more > limit) {
        parts.add(List.copyOf(part));
        part.clear();
        size = 0;
      }
      part.add(sequence);
      size += more;
    }
    parts.add(List.copyOf(part));
    return parts;
  }

  /// Return the frame that makes agent and child.
  byte[] first() {
    return Frame.of(ARCH, firstParts(), Roles.CONTROL);
  }

  /// Return how long a reply to the first frame is, whoever replies.
  int firstReplyLength() {
    return Frame.replyLength(firstParts());
  }

  private List<List<Sequence>> firstParts() {
    var all = new ArrayList<>(makers);
    all.add(parts.getFirst());
    return all;
  }

  /// Make sure that no agent is at work: nobody has the other end, so that another may be made.
  void requireNoAgent(PacketSocket control) throws SyscallException {
    if (control.receive(firstReplyLength()).bytes().length > 0) {
      throw new SyscallException("clone3", "the zygote ended", Errno.ECHILD);
    }
  }

  /// Wait for the agent's reply; return the results of its calls.
  long[] awaitAgent(PacketSocket control) throws SyscallException {
    var reply = control.receive(firstReplyLength());
    if (reply.bytes().length == 0) {
      throw new SyscallException("clone3", "the agent ended early", Errno.ECHILD);
    }
    return Frame.results(
        reply.bytes(), Frame.first(makers, makers.size() - 1), Frame.count(makers.getLast()));
  }

  /// Return the number of the child, if the agent has made one.
  Optional<Integer> child(long[] results) {
    long number = results[cloning()];
    return number > 0 ? Optional.of((int) number) : Optional.empty();
  }

  /// Show what the agent did up to the clone.
  ///
  /// @throws SyscallException for the call that failed
  void report(long[] results, CallObserver observer) throws SyscallException {
    var calls = agentCalls();
    for (int at = 0; at <= cloning(); at++) {
      report(calls.get(at), results[at], observer);
    }
  }

  private int cloning() {
    var calls = agentCalls();
    int at = 0;
    while (!(calls.get(at).onZero() instanceof Call.OnZero.Child)) {
      at++;
    }
    return at;
  }

  private List<Call> agentCalls() {
    return makers.getLast().stream().flatMap(sequence -> sequence.calls().stream()).toList();
  }

  /// Lead the child through its calls; return the descriptors that it sent, in their order.
  List<Fd> perform(PacketSocket child, Pidfd pidfd, End end, CallObserver observer)
      throws SyscallException {
    var sent = new ArrayList<Fd>();
    try {
      for (int i = 0; i < parts.size(); i++) {
        boolean first = i == 0 && !makers.isEmpty();
        boolean last = i == parts.size() - 1;
        var part = parts.get(i);
        if (!first) {
          Bulk.send(child, part, control);
        }
        int skipped = first ? Frame.first(makers, makers.size()) : 0;
        int replyLength = first ? firstReplyLength() : Frame.replyLength(List.of(part));
        var message = child.receive(replyLength);
        while (!message.descriptors().isEmpty()) {
          sent.addAll(message.descriptors());
          message = child.receive(replyLength);
        }
        if (message.bytes().length == 0) {
          if (!last || end == End.REPLY) {
            throw new SyscallException(
                "clone3", "the new process ended while it was set up", Errno.ECHILD);
          }
          observer.made(part.getLast().calls().getLast(), 0);
          return sent;
        }
        report(part, Frame.results(message.bytes(), skipped, Frame.count(part)), pidfd, observer);
        if (last && end == End.REPLY) {
          return sent;
        }
      }
      throw new IllegalStateException("the child's last call returned without an error");
    } catch (SyscallException | RuntimeException e) {
      sent.forEach(Fd::close);
      throw e;
    }
  }

  private static void report(
      List<Sequence> part, long[] results, Pidfd pidfd, CallObserver observer)
      throws SyscallException {
    int at = 0;
    for (var sequence : part) {
      for (var call : sequence.calls()) {
        try {
          report(call, results[at++], observer);
        } catch (SyscallException e) {
          observer.failed(call, e, pidfd);
          throw e;
        }
      }
    }
  }

  private static void report(Call call, long result, CallObserver observer)
      throws SyscallException {
    if (result == Frame.NOT_RUN) {
      return;
    }
    observer.made(call, result);
    if (result < 0 && result > -4096 && !call.mayFail()) {
      throw new SyscallException(call.syscall().name(), call.object(), Errno.of((int) -result));
    }
  }
}
