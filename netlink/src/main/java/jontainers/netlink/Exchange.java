package jontainers.netlink;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;

/// Match the kernel's answers to the requests of one datagram. Confined to one thread.
final class Exchange {
  private final List<Request> requests;
  private final int first;
  private final Set<Integer> open = new HashSet<>();
  private final List<Message> messages = new ArrayList<>();
  private final List<SyscallException> errors = new ArrayList<>();
  private boolean inconsistent;

  /// @param first the sequence number of the first request; the others follow
  Exchange(List<Request> requests, int first) {
    this.requests = List.copyOf(requests);
    this.first = first;
    for (int i = 0; i < requests.size(); i++) {
      open.add(first + i);
    }
  }

  /// Return the requests as one datagram.
  ///
  /// @param flags what to add to the flags of the request with an index
  byte[] datagram(IntUnaryOperator flags) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < requests.size(); i++) {
      out.writeBytes(requests.get(i).toBytes(first + i, flags.applyAsInt(i)));
    }
    return out.toByteArray();
  }

  /// Expect no answer to a request, or no more.
  void acknowledged(int sequence) {
    open.remove(sequence);
  }

  void accept(List<Message> received) throws SyscallException {
    for (var message : received) {
      accept(message);
    }
  }

  /// Whether every request was answered.
  boolean complete() {
    return open.isEmpty();
  }

  boolean failed() {
    return !errors.isEmpty();
  }

  boolean inconsistent() {
    return inconsistent;
  }

  /// Return the messages, or throw the first error with the others suppressed.
  List<Message> result() throws SyscallException {
    if (errors.isEmpty()) {
      return List.copyOf(messages);
    }
    var error = errors.getFirst();
    errors.stream().skip(1).forEach(error::addSuppressed);
    throw error;
  }

  private void accept(Message message) throws SyscallException {
    int index = message.sequence() - first;
    if (index < 0 || index >= requests.size()) {
      return; // an abandoned exchange's
    }
    inconsistent |= (message.flags() & Message.NLM_F_DUMP_INTR) != 0;
    switch (message.type()) {
      case Message.NLMSG_ERROR, Message.NLMSG_DONE -> finish(requests.get(index), message);
      case Message.NLMSG_OVERRUN ->
          throw new SyscallException("recvfrom", "netlink", Errno.ENOBUFS, "answers were lost");
      default -> messages.add(message);
    }
  }

  private void finish(Request request, Message message) throws SyscallException {
    acknowledged(message.sequence());
    var answer = Acknowledgement.of(message);
    if (answer.error() < 0 && !request.tolerates(answer.errno())) {
      errors.add(answer.exception(request));
    }
  }
}
