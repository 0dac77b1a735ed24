package jontainers.linux.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jontainers.linux.Errno;
import jontainers.linux.ExitStatus;
import jontainers.linux.Fd;
import jontainers.linux.Pidfd;
import jontainers.linux.Pipe;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A process is made by system calls alone, without namespaces and without root.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProxiedProcessTest {
  private static final CallObserver NOBODY = new CallObserver() {};

  @ParameterizedTest
  @EnumSource(Pace.class)
  void a_program_runs_and_its_status_is_known(Pace pace) throws Exception {
    try (var process = start(pace, NOBODY, List.of(), "/bin/sh", "-c", "exit 7")) {
      assertThat(process.waitFor()).isEqualTo(new ExitStatus.Exited(7));
    }
  }

  @Test
  void a_program_that_is_killed_tells_the_signal() throws Exception {
    try (var process = start(Pace.ALL_AT_ONCE, NOBODY, List.of(), "/bin/sh", "-c", "kill -9 $$")) {
      assertThat(process.waitFor()).isEqualTo(new ExitStatus.Killed(9));
    }
  }

  @Test
  void the_child_is_a_child_of_this_process() throws Exception {
    try (var process = start(Pace.ALL_AT_ONCE, NOBODY, List.of(), "/bin/sleep", "1000")) {
      var handle = ProcessHandle.of(process.pidfd().pid()).orElseThrow();

      assertThat(handle.parent()).contains(ProcessHandle.current());
    }
  }

  @ParameterizedTest
  @EnumSource(Pace.class)
  void a_program_that_is_not_there_is_an_error_and_no_process(Pace pace) {
    var seen = new Failed();

    var failure =
        catchThrowableOfType(
            SyscallException.class, () -> start(pace, seen, List.of(), "/nonesuch"));

    assertThat(failure).hasMessageContaining("execve").hasMessageContaining("ENOENT");
    assertThat(failure.errno()).isEqualTo(Errno.ENOENT);
    assertThat(seen.alive).as("the child could be looked at").isTrue();
    assertThat(ProcessHandle.of(seen.pid)).as("the child afterwards").isEmpty();
  }

  @Test
  void a_failing_call_before_the_program_is_told() throws Exception {
    var failing = Sequence.of(Call.of(Syscall.close, "a closed descriptor", 77));

    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
      assertThatThrownBy(
              () -> start(Pace.ALL_AT_ONCE, NOBODY, List.of(), none, List.of(failing), "/bin/true"))
          .hasMessage("close a closed descriptor: EBADF (Bad file descriptor)");
    }
  }

  @Test
  void each_call_is_seen_one_by_one() throws Exception {
    var calls = new ArrayList<String>();
    var observer =
        new CallObserver() {
          @Override
          public void made(Call call, long result) {
            calls.add(call.syscall().name() + (result < 0 ? " failed" : ""));
          }
        };

    try (var process = start(Pace.ONE_BY_ONE, observer, List.of(), "/bin/true")) {
      assertThat(process.waitFor()).isEqualTo(new ExitStatus.Exited(0));
    }

    assertThat(calls).contains("clone3").last().isEqualTo("execve");
  }

  /// Far more than a frame holds: the memory goes another way, in pieces.
  @ParameterizedTest
  @EnumSource(Pace.class)
  void an_environment_of_a_mebibyte_arrives_whole(Pace pace) throws Exception {
    var environment = Collections.nCopies(10, "V=" + "x".repeat(100_000));
    var pipe = Pipe.open("output");
    try (var output = pipe.readEnd().inputStream();
        var process =
            start(
                pace,
                NOBODY,
                environment,
                pipe.writeEnd(),
                List.of(),
                "/bin/cat",
                "/proc/self/environ")) {
      pipe.writeEnd().close();
      byte[] seen = output.readAllBytes();

      assertThat(new String(seen, StandardCharsets.US_ASCII))
          .isEqualTo(String.join("\0", environment) + "\0");
      assertThat(process.waitFor()).isEqualTo(new ExitStatus.Exited(0));
    }
  }

  @Test
  void closing_kills_the_program_and_reaps_both_processes() throws Exception {
    int pid;
    List<ProcessHandle> both;
    try (var process = start(Pace.ALL_AT_ONCE, NOBODY, List.of(), "/bin/sleep", "1000")) {
      pid = process.pidfd().pid();
      both = ProcessHandle.current().children().toList();
      assertThat(both).anyMatch(child -> child.pid() == pid);
    }

    assertThat(both).noneMatch(child -> Files.exists(Path.of("/proc/" + child.pid())));
  }

  @Test
  void no_descriptor_of_this_process_is_left_in_the_program() throws Exception {
    try (var stray = Fd.open(Path.of("/dev/zero"), Fd.O_RDONLY);
        var process = start(Pace.ALL_AT_ONCE, NOBODY, List.of(), "/bin/sleep", "1000")) {
      assertThat(stray.isOpen()).isTrue();
      try (var open = Files.list(Path.of("/proc/" + process.pidfd().pid() + "/fd"))) {
        assertThat(open.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder("0", "1");
      }
    }
  }

  @Test
  void from_the_second_on_a_zygote_makes_them() throws Exception {
    try (var zygotes = new Zygotes()) {
      for (int i = 0; i < 3; i++) {
        try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR);
            var process =
                ProxiedProcess.start(
                    zygotes,
                    plan(List.of(), List.of(), "/bin/sh", "-c", "exit 7"),
                    List.of(none),
                    Pace.ALL_AT_ONCE,
                    NOBODY)) {
          assertThat(process.waitFor()).isEqualTo(new ExitStatus.Exited(7));
        }
        assertThat(ProcessHandle.current().children()).as("after " + i).hasSize(i == 0 ? 0 : 1);
      }
    }
    assertThat(ProcessHandle.current().children()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Pace.class)
  void what_fails_in_a_process_from_a_zygote_is_told(Pace pace) throws Exception {
    try (var zygotes = new Zygotes();
        var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() ->
                ProxiedProcess.start(
                    zygotes, plan(List.of(), List.of(), "/nonesuch"), List.of(none), pace, NOBODY))
            .hasMessageContaining("execve")
            .hasMessageContaining("ENOENT");
      }
    }
  }

  /// Remembers the child of a failed start.
  private static final class Failed implements CallObserver {
    private long pid;
    private boolean alive;

    @Override
    public void failed(Call call, SyscallException why, Pidfd child) {
      pid = child.pid();
      alive = ProcessHandle.of(pid).isPresent();
    }
  }

  /// Start a program with nothing on its standard input.
  private static ProxiedProcess start(
      Pace pace, CallObserver observer, List<String> environment, String... words)
      throws SyscallException {
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
      return start(pace, observer, environment, none, List.of(), words);
    }
  }

  private static ProxiedProcess start(
      Pace pace,
      CallObserver observer,
      List<String> environment,
      Fd output,
      List<Sequence> before,
      String... words)
      throws SyscallException {
    return ProxiedProcess.start(plan(environment, before, words), List.of(output), pace, observer);
  }

  private static Plan plan(List<String> environment, List<Sequence> before, String... words) {
    var pidfd = Argument.Struct.of("pidfd", new byte[8]);
    var child = new ArrayList<>(before);
    child.add(
        Sequence.of(
            Call.of(
                Syscall.execve, words[0], words[0], texts(List.of(words)), texts(environment))));
    // Whoever still has a control socket keeps the conversation open, so all copies go.
    var agent =
        Sequence.of(
            Call.of(Syscall.dup3, "standard input", 1, 0, 0),
            Call.of(Syscall.close_range, "descriptors", 2, Roles.CONTROL - 1, 0),
            Call.of(Syscall.close_range, "descriptors", Roles.CHILD_CONTROL + 1, 0xffffffffL, 0));
    return new Plan(
        List.of(agent), cloning(pidfd), pidfd, new Plan.Afterwards.Guard(List.of()), child);
  }

  /// `clone3({flags=CLONE_PARENT|CLONE_PIDFD, pidfd})`: struct clone_args of 64 bytes.
  private static Call cloning(Argument.Struct pidfd) {
    byte[] flags = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0x9000).array();
    var arguments = Argument.Struct.of("{flags, pidfd}", flags, pidfd, new byte[48]);
    return Call.of(Syscall.clone3, "a process", arguments, 64).continuingAsChild();
  }

  private static Argument texts(List<String> strings) {
    return new Argument.Texts(
        strings.stream().map(s -> new Argument.Text(s.getBytes(StandardCharsets.UTF_8))).toList());
  }
}
