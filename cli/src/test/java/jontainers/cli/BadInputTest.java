package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Stream;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.engine.NetworkMode;
import jontainers.engine.RootImage;
import jontainers.testkit.KernelTest;
import jontainers.testkit.Links;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What cannot be meant or cannot be done is told in one line and a hint, and leaves nothing
/// behind.
@KernelTest
class BadInputTest {
  @RegisterExtension final Machine machine = new Machine();

  /// `''` stands for an empty word, DIR for the directory that the command runs in.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "run --rootfs nonesuch true | no such directory: DIR/nonesuch | check the path after --rootfs",
        "run --rootfs fs/orig/bin/busybox true | DIR/fs/orig/bin/busybox is not a directory"
            + " | --rootfs takes a directory with a root filesystem; unpack an archive first",
        "run --rootfs state true | DIR/state lies in the engine's own state DIR/state"
            + " | copy it to another directory, or choose another --root",
        "run --exprot x host true | unknown option: --exprot | did you mean --export?",
        "run --rootfz=x true | unknown option: --rootfz | did you mean --rootfs?",
        "run --frobnicate host true | unknown option: --frobnicate"
            + " | jontainers run --help lists the options",
        "run | \"run\" requires at least 1 argument"
            + " | jontainers run [OPTIONS] IMAGE [COMMAND [ARG…]]",
        "run --pull never alpine true | no such image: alpine | jontainers pull alpine",
        "run --name | \"run\": missing required parameter for option '--name' (NAME)"
            + " | jontainers run --help",
        "rnu host | unknown command: rnu | did you mean run?",
        "frobnicate | unknown command: frobnicate | jontainers --help lists the commands",
        "--roto x ps | unknown option: --roto | did you mean --root?",
        "stop --froce | unknown option: --froce | did you mean --force?",
        "start extra | unexpected argument: extra | jontainers start --help",
        "rm | \"rm\" requires at least 1 argument | jontainers rm --help",
        "rm nonesuch | no such container: nonesuch |",
      })
  void a_command_line_is_refused(String words, String message, String hint) throws IOException {
    refused(machine.jontainers(words.split(" ")), message, hint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "--network nosuch | no such network: nosuch | networks are bridge, host and none",
        "--name a | invalid container name \"a\": only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, two"
            + " characters at least |",
        "--name ../x | invalid container name \"../x\": only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed,"
            + " two characters at least |",
        "--hostname a_b | invalid hostname \"a_b\" |",
        "--hostname -a | invalid hostname \"-a\" |",
        "-w relative | the working directory \"relative\" is invalid: it needs to be an absolute path |",
        "-u nosuch | unable to find user nosuch: no matching entries in passwd file |",
        "-u 0:nosuch | unable to find group nosuch: no matching entries in group file |",
        "-u -1 | unable to find user -1: no matching entries in passwd file |",
        "-u 4294967295 | user id 4294967295 is out of range | ids go from 0 to 4294967294",
        "-u 0:99999999999 | group id 99999999999 is out of range | ids go from 0 to 4294967294",
        "-e =x | invalid environment variable: \"=x\" |",
        "--export /nonesuch/x.tar | cannot export to /nonesuch/x.tar: no such directory: /nonesuch |",
        "--export fs | cannot export to DIR/fs: is a directory | name a file",
        "--cidfile fs | the file DIR/fs exists: another container may run under it"
            + " | remove it, or name another with --cidfile",
        "--cidfile /nonesuch/x | no directory for the file /nonesuch/x of --cidfile | make it first",
        "-it | the input device is not a TTY | leave -t away, or use a terminal",
        "-t --export - | refusing to write a tar to a terminal"
            + " | name a file, or redirect standard output",
      })
  void an_option_of_run_is_refused(String options, String message, String hint) throws IOException {
    var words = new ArrayList<>(List.of(options.split(" ")));
    words.add("true");

    refused(machine.run(words.toArray(String[]::new)), message, hint);
  }

  @Test
  void all_problems_are_told_at_once() throws IOException {
    var outcome = machine.run("--name", "?", "--hostname", "?", "-w", "?", "");

    assertThat(outcome.errors().lines())
        .hasSize(4)
        .allMatch(line -> line.startsWith("jontainers: "));
    assertThat(outcome.code()).isEqualTo(125);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.2.3 | not a network: 1.2.3 | write it as address/length: 172.19.80.0/24",
        "172.19.80.1/24 | not a network: 172.19.80.1/24: host bits are set"
            + " | the network is 172.19.80.0/24",
        "300.1.1.0/24 | not a network: 300.1.1.0/24: not an IP address |",
        "10.0.0.0/33 | not a network: 10.0.0.0/33: the length must be 0 to 32 |",
        "10.0.0.0/31 | subnet 10.0.0.0/31 is too small: it needs a gateway and a container |",
        "127.1.0.0/16 | subnet 127.1.0.0/16 is not for hosts |",
        "192.0.0.0/16 | subnet 192.0.0.0/16 overlaps the route 192.0.2.0/24 of link taken"
            + " | choose a subnet that the host does not use: --subnet",
        "203.0.113.0/24 | address 203.0.113.1 is in use by link taken |",
      })
  void a_subnet_is_refused(String subnet, String message, String hint) throws IOException {
    machine.text("ip", "link", "add", "taken", "type", "bridge");
    try {
      machine.text("ip", "address", "add", "192.0.2.1/24", "dev", "taken");
      machine.text("ip", "address", "add", "203.0.113.1/32", "dev", "taken");
      machine.text("ip", "link", "set", "taken", "up");

      refused(machine.jontainers("start", "--subnet", subnet), message, hint);
      assertThat(Links.names()).doesNotContain("jontainers0");
    } finally {
      machine.text("ip", "link", "delete", "taken");
    }
  }

  @Test
  void another_link_in_the_bridges_place_is_told() throws IOException {
    machine.text("ip", "link", "add", "jontainers0", "type", "veth", "peer", "name", "other");
    try {
      refused(
          machine.jontainers("start"), "link jontainers0 is no bridge: it is of type veth", null);
    } finally {
      machine.text("ip", "link", "delete", "other");
    }
  }

  @Test
  void a_name_that_is_taken_is_refused() throws IOException {
    try (var first = machine.begin("--name", "web", "-i", "sh", "-c", "echo up; read x")) {
      first.await("up");
      var outcome = machine.run("--name", "web", "true");

      assertThat(outcome.errors().lines())
          .satisfiesExactly(
              line ->
                  assertThat(line)
                      .matches(
                          "jontainers: the container name \"web\" is already in use by container"
                              + " [0-9a-f]{12}"),
              line ->
                  assertThat(line)
                      .isEqualTo("hint: remove or rename that container, or use another name"));
      assertThat(outcome.code()).isEqualTo(125);
      first.end();
    }
  }

  @Test
  void without_root_nothing_is_done() throws IOException {
    var words = new ArrayList<>(List.of("setpriv", "--reuid", "65534", "--clear-groups"));
    words.addAll(machine.command("start"));

    refused(
        machine.program(words.toArray(String[]::new)),
        "containers need root",
        "run it with sudo, or without in a user namespace: jontainers unshare COMMAND");
    assertThat(machine.root()).doesNotExist();
  }

  @Test
  void a_state_directory_that_cannot_be_written_is_told() throws IOException {
    Files.createDirectory(machine.root());
    machine.text("mount", "-t", "tmpfs", "-o", "ro,mode=700", "tmpfs", machine.root().toString());
    try {
      refused(
          machine.run("true"),
          "open the state directory DIR/state: DIR/state/containers: Read-only file system",
          "the state directory is on a read-only filesystem; choose another with --root");
    } finally {
      machine.text("umount", machine.root().toString());
    }
  }

  @Test
  void an_export_into_a_directory_that_cannot_be_written_is_told() throws IOException {
    var closed = Files.createDirectory(machine.directory().resolve("closed"));
    machine.text("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", closed.toString());
    try {
      refused(
          machine.run("--export", "closed/x.tar", "true"),
          "cannot export to DIR/closed/x.tar: DIR/closed is not writable",
          null);
    } finally {
      machine.text("umount", closed.toString());
    }
  }

  /// Longer ones the caller's own execve(2) refuses, so that no command line can ask for them.
  @Test
  void a_variable_of_131071_bytes_is_passed_on() throws IOException {
    var passed =
        machine.jontainersWith(
            java.util.Map.of("BIG", "x".repeat(131067)),
            Machine.runWords("-e", "BIG", "sh", "-c", "echo ${#BIG}"));

    assertThat(passed.errors()).isEmpty();
    assertThat(passed.out()).isEqualTo("131067\n");
  }

  @Test
  void a_variable_of_128_kibibytes_is_refused() throws EngineException {
    var spec =
        ContainerSpec.of(RootImage.rootfs(machine.rootfs()), "true")
            .network(NetworkMode.NONE)
            .autoRemove()
            .environment("BIG", "x".repeat(131068))
            .build();
    try (var engine = Engine.open(machine.root())) {
      var refused = catchThrowableOfType(EngineException.class, () -> engine.run(spec));

      assertThat(refused).hasMessage("exec: \"true\": argument list too long");
      assertThat(refused.category()).isEqualTo(EngineException.Category.PROGRAM_NOT_EXECUTABLE);
      assertThat(refused.hint())
          .contains(
              "one argument or variable may have 131071 bytes, all together a quarter of the stack"
                  + " limit (execve(2))");
    }
  }

  @Test
  void an_environment_of_a_mebibyte_is_passed_on() throws IOException {
    var environment = new HashMap<String, String>();
    var options = new ArrayList<String>();
    for (int i = 0; i < 16; i++) {
      environment.put("V" + i, "x".repeat(65536));
      options.addAll(List.of("-e", "V" + i));
    }
    var words =
        Stream.concat(options.stream(), Stream.of("sh", "-c", "env | wc -c"))
            .toArray(String[]::new);

    var passed = machine.jontainersWith(environment, Machine.runWords(words));

    assertThat(passed.errors()).isEmpty();
    assertThat(Integer.parseInt(passed.out().strip())).isBetween(16 * 65536, 16 * 65536 + 1000);
  }

  private void refused(
      Machine.Outcome outcome, String message, @org.jspecify.annotations.Nullable String hint) {
    String errors = outcome.errors().replace(machine.directory().toString(), "DIR");
    assertThat(errors)
        .isEqualTo("jontainers: " + message + "\n" + (hint == null ? "" : "hint: " + hint + "\n"));
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.code()).isEqualTo(125);
  }
}
