package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The command ends as its program does; where there is no program to end, it says why.
@KernelTest
class ExitCodeTest {
  @RegisterExtension final Machine machine = new Machine();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 125, 126, 127, 255})
  void a_program_ends_with_its_own_code(int code) throws IOException {
    var ended = machine.run("sh", "-c", "exit " + code);

    assertThat(ended.code()).isEqualTo(code);
    assertThat(ended.errors()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"KILL, 137", "TERM, 143", "SEGV, 139", "ABRT, 134"})
  void a_killed_program_ends_with_128_and_its_signal(String signal, int code) throws IOException {
    // The first process of a pid namespace does not die of signals from within.
    try (var container = machine.begin("-i", "sh", "-c", "echo up; exec cat")) {
      container.await("up");

      machine.text("kill", "-" + signal, Long.toString(container.firstProcess()));

      assertThat(container.end()).isEqualTo(signal.equals("KILL") ? code : 0);
    }
    assertThat(machine.run("sh", "-c", "sh -c 'kill -" + signal + " $$'; exit $?").code())
        .isEqualTo(code);
  }

  @Test
  void an_unknown_command_is_not_found() throws IOException {
    fails(127, "exec: \"nonesuch\": executable file not found in $PATH", "", "nonesuch");
  }

  @Test
  void an_unknown_path_is_not_found() throws IOException {
    fails(127, "exec: \"/bin/nonesuch\": no such file or directory", "", "/bin/nonesuch");
  }

  @Test
  void a_path_below_a_file_is_not_found() throws IOException {
    fails(127, "exec: \"/bin/busybox/x\": no such file or directory", "", "/bin/busybox/x");
  }

  @Test
  void a_directory_is_not_executable() throws IOException {
    fails(126, "exec: \"/etc\": permission denied", "/etc is a directory", "/etc");
  }

  @Test
  void a_file_without_execute_permission_is_not_executable() throws IOException {
    Files.writeString(machine.rootfs().resolve("bin/plain"), "#!/bin/sh\n");

    fails(
        126,
        "exec: \"/bin/plain\": permission denied",
        "/bin/plain has no execute permission; chmod +x it",
        "/bin/plain");
    fails(
        126,
        "exec: \"plain\": permission denied",
        "/bin/plain has no execute permission; chmod +x it",
        "plain");
  }

  @Test
  void a_missing_script_interpreter_is_named() throws IOException {
    program("script", "#!/usr/bin/python9 -u\n".getBytes(StandardCharsets.UTF_8));

    fails(
        127,
        "exec: \"script\": no such file or directory",
        "the file is there, but not its interpreter: /usr/bin/python9",
        "script");
  }

  @Test
  void a_missing_loader_is_named() throws IOException {
    Files.copy(Path.of("/bin/ls"), machine.rootfs().resolve("bin/dynamic"));

    var outcome = machine.run("/bin/dynamic");

    assertThat(outcome.code()).isEqualTo(127);
    assertThat(outcome.errors().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .isEqualTo("jontainers: exec: \"/bin/dynamic\": no such file or directory"),
            line ->
                assertThat(line)
                    .matches("hint: the file is there, but not its interpreter: /lib.*/ld-.*"));
  }

  @Test
  void another_architecture_is_named() throws IOException {
    var elf = ByteBuffer.allocate(120).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    elf.putShort((short) 2).putShort((short) 183).putInt(1);
    program("foreign", elf.array());

    fails(
        126,
        "exec: \"foreign\": exec format error",
        "/bin/foreign is built for aarch64, this machine is x86_64",
        "foreign");
  }

  @Test
  void a_file_that_is_no_program_is_told_apart() throws IOException {
    program("letter", "Dear Sir,\n".getBytes(StandardCharsets.UTF_8));

    fails(
        126,
        "exec: \"letter\": exec format error",
        "/bin/letter is neither an ELF program nor a script that begins with #!",
        "letter");
  }

  @Test
  void a_directory_that_the_user_may_not_enter_is_told() throws IOException {
    var closed = Files.createDirectory(machine.rootfs().resolve("closed"));
    Files.copy(Path.of("/bin/busybox"), closed.resolve("sh"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));

    fails(
        126,
        "exec: \"/closed/sh\": permission denied",
        "/closed/sh is on a mount with noexec, or below a directory the user may not enter",
        "-u",
        "65534",
        "/closed/sh");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-"})
  void a_command_is_needed(String kind) throws IOException {
    var outcome = kind.isEmpty() ? machine.run() : machine.run("");

    assertThat(outcome.code()).isEqualTo(125);
    assertThat(outcome.errors()).startsWith("jontainers: no command specified\n");
  }

  private void program(String name, byte[] content) throws IOException {
    var file = machine.rootfs().resolve("bin").resolve(name);
    Files.write(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void fails(int code, String message, String hint, String... words) throws IOException {
    var outcome = machine.run(words);

    assertThat(outcome.errors())
        .isEqualTo(
            "jontainers: " + message + "\n" + (hint.isEmpty() ? "" : "hint: " + hint + "\n"));
    assertThat(outcome.code()).isEqualTo(code);
  }
}
