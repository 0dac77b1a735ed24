package jontainers.linux.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jontainers.linux.ExitStatus;
import jontainers.linux.Fd;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.Pipe;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A process is made in stages and then left alone, without namespaces and without root.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StagedProcessTest {
  private static final CallObserver NOBODY = new CallObserver() {};
  private static final int LISTENING = 103;

  @TempDir Path directory;

  @Test
  void between_two_stages_the_process_waits() throws Exception {
    try (var output = Pipe.open("output");
        var process = start(output.writeEnd(), List.of())) {
      process.perform(List.of(writing("one")));
      assertThat(read(output.readEnd())).isEqualTo("one");
      process.perform(List.of(writing("two")));
      assertThat(read(output.readEnd())).isEqualTo("two");
      process.execute(List.of(program("/bin/sh", "-c", "exit 5")));

      assertThat(process.pidfd().waitFor()).isEqualTo(new ExitStatus.Exited(5));
    }
  }

  @Test
  void a_failing_call_of_a_later_stage_is_told() throws Exception {
    try (var output = Pipe.open("output");
        var process = start(output.writeEnd(), List.of())) {
      var failing = Sequence.of(Call.of(Syscall.close, "a closed descriptor", 77));

      assertThatThrownBy(() -> process.perform(List.of(failing)))
          .hasMessage("close a closed descriptor: EBADF (Bad file descriptor)");
    }
  }

  @Test
  void a_process_that_is_closed_before_its_last_stage_is_gone() throws Exception {
    long pid;
    try (var output = Pipe.open("output");
        var process = start(output.writeEnd(), List.of())) {
      pid = process.pidfd().pid();
      assertThat(ProcessHandle.of(pid)).isPresent();
    }
    assertThat(ProcessHandle.of(pid)).isEmpty();
  }

  @Test
  void a_process_that_is_left_becomes_its_program_when_somebody_connects() throws Exception {
    var socket = directory.resolve("x".repeat(100)).resolve("start.sock");
    Files.createDirectories(socket.getParent());
    try (var output = Pipe.open("output")) {
      try (var pidfd = parked(socket, output.writeEnd(), program("/bin/echo", "started"));
          var connection = connect(socket, pidfd)) {
        assertThat(connection.receive(1000).bytes()).as("end of the conversation").isEmpty();
        assertThat(read(output.readEnd())).isEqualTo("started\n");
        assertThat(pidfd.waitFor()).isEqualTo(new ExitStatus.Exited(0));
      }
    }
  }

  @Test
  void whoever_connects_hears_why_the_program_was_not_executed() throws Exception {
    var socket = directory.resolve("start.sock");
    try (var output = Pipe.open("output");
        var pidfd = parked(socket, output.writeEnd(), program("/nonesuch"))) {
      try (var connection = connect(socket, pidfd)) {
        assertThat(LastReply.of(connection.receive(10_000).bytes()).orElseThrow())
            .hasMessageContaining("execve")
            .hasMessageContaining("ENOENT");
      }
      assertThat(pidfd.waitFor()).isEqualTo(new ExitStatus.Exited(125));
    }
  }

  private static PacketSocket connect(Path socket, Pidfd process) throws SyscallException {
    assertThat(process.hasEnded()).as("the process that nobody has connected to").isFalse();
    return PacketSocket.connect(socket);
  }

  /// Leave a process that waits for a connection before it becomes a program.
  private static Pidfd parked(Path socket, Fd output, Sequence program) throws SyscallException {
    try (var listening = PacketSocket.listener(socket);
        var process = start(output, List.of(listening))) {
      process.leave(List.of(parking(), program));
      return Pidfd.open(process.pidfd().pid());
    }
  }

  private static StagedProcess start(Fd output, List<Fd> further) throws SyscallException {
    var descriptors = new ArrayList<>(List.of(output));
    descriptors.addAll(further);
    var pidfd = Argument.Struct.of("pidfd", new byte[8]);
    var agent = new ArrayList<Call>();
    agent.add(Call.of(Syscall.dup3, "standard output", 1, 90, 0));
    if (!further.isEmpty()) {
      agent.add(Call.of(Syscall.dup3, "the listening socket", 2, LISTENING, 0x80000));
    }
    agent.add(Call.of(Syscall.dup3, "standard output", 90, 1, 0));
    agent.add(Call.of(Syscall.close_range, "descriptors", 2, Roles.CONTROL - 1, 0));
    agent.add(
        Call.of(Syscall.close_range, "descriptors", LISTENING + 1, Argument.of(0xffffffffL), 0));
    return StagedProcess.start(
        new Plan(
            List.of(new Sequence(agent)),
            cloning(pidfd),
            pidfd,
            new Plan.Afterwards.Leave(),
            List.of(writing(""))),
        descriptors,
        List.of(),
        Pace.ALL_AT_ONCE,
        NOBODY);
  }

  /// Wait for a connection and go on with it as the control socket.
  private static Sequence parking() {
    return Sequence.of(
        Call.of(Syscall.accept4, "start", LISTENING, 0, 0, 0x80000),
        Call.of(Syscall.dup3, "start", new Argument.Result(0), Roles.CONTROL, 0x80000),
        Call.of(Syscall.close, "start", new Argument.Result(0)),
        Call.of(Syscall.close, "start", LISTENING));
  }

  private static Sequence writing(String text) {
    return Sequence.of(Call.of(Syscall.write, "output", 1, text, text.length()));
  }

  private static Sequence program(String... words) {
    return Sequence.of(
        Call.of(Syscall.execve, words[0], words[0], texts(List.of(words)), texts(List.of("A=b"))));
  }

  private static String read(Fd from) throws SyscallException {
    byte[] buffer = new byte[100];
    return new String(buffer, 0, from.read(buffer, 0, 100), StandardCharsets.UTF_8);
  }

  private static Call cloning(Argument.Struct pidfd) {
    byte[] flags = {0, (byte) 0x90, 0, 0, 0, 0, 0, 0}; // CLONE_PARENT | CLONE_PIDFD
    var signal = new byte[48]; // no exit signal with CLONE_PARENT
    var arguments = Argument.Struct.of("{flags, pidfd}", flags, pidfd, signal);
    return Call.of(Syscall.clone3, "a process", arguments, 64).continuingAsChild();
  }

  private static Argument texts(List<String> strings) {
    return new Argument.Texts(
        strings.stream().map(s -> new Argument.Text(s.getBytes(StandardCharsets.UTF_8))).toList());
  }
}
