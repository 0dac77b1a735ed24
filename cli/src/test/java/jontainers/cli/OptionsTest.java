package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.stream.Stream;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each option of `run` does what Docker's option of that name does.
@KernelTest
class OptionsTest {
  private static final int TEN_MEGABYTES = 10_000_000;

  @RegisterExtension final Machine machine = new Machine();

  @ParameterizedTest
  @ValueSource(strings = {"-h", "--hostname"})
  void a_hostname_is_set(String option) throws IOException {
    var named =
        machine.run(option, "web", "sh", "-c", "hostname; echo $HOSTNAME; cat /etc/hostname");

    assertThat(named.lines()).containsExactly("web", "web", "web");
  }

  @Test
  void without_a_hostname_it_is_the_beginning_of_the_id() throws IOException {
    assertThat(machine.shell("hostname").out()).matches("[0-9a-f]{12}\n");
  }

  @Test
  void variables_are_set_or_passed_on() throws IOException {
    var passed =
        machine.jontainersWith(
            Map.of("FROM_CALLER", "a b", "NOT_ASKED_FOR", "x"),
            Machine.runWords(
                "-e",
                "SET=1=2",
                "-e",
                "EMPTY=",
                "-e",
                "FROM_CALLER",
                "-e",
                "NOT_SET",
                "-e",
                "SET=2",
                "--env",
                "PATH=/bin",
                "env"));

    assertThat(passed.lines())
        .contains("SET=2", "EMPTY=", "FROM_CALLER=a b", "PATH=/bin", "HOME=/root")
        .noneMatch(line -> line.startsWith("NOT_"));
  }

  /// A name alone takes away what the caller has not, be it the image's or there by default.
  @Test
  void a_variable_that_the_caller_has_not_is_taken_away() throws IOException {
    Files.writeString(machine.directory().resolve("variables"), "HOSTNAME\n");
    var run =
        machine.program(
            Stream.concat(
                    Stream.of("env", "-u", "HOSTNAME"),
                    machine
                        .command(
                            Machine.runWords(
                                "-e",
                                "A=1",
                                "-e",
                                "A",
                                "-e",
                                "PATH=",
                                "--env-file",
                                "variables",
                                "-e",
                                "B",
                                "-e",
                                "B=2",
                                "/bin/env"))
                        .stream())
                .toArray(String[]::new));
    var named =
        machine.program(
            Stream.concat(
                    Stream.of("env", "-u", "HOSTNAME", "-u", "HOME"),
                    machine
                        .command(
                            Machine.runWords(
                                "-e", "HOSTNAME", "-e", "HOME", "-e", "PATH", "/bin/env"))
                        .stream())
                .toArray(String[]::new));

    assertThat(run.lines()).contains("B=2", "PATH=").noneMatch(line -> line.startsWith("A="));
    assertThat(run.lines()).anyMatch(line -> line.startsWith("HOSTNAME="));
    assertThat(named.lines())
        .contains("HOME=/root")
        .noneMatch(line -> line.startsWith("HOSTNAME="));
  }

  @ParameterizedTest
  @CsvSource({
    "d=::1, '::1\td'",
    "e=[::1], '::1\te'",
    "f:[::1], '::1\tf'",
    "g:::1, '::1\tg'",
    "h=10.0.0.2, '10.0.0.2\th'",
    "i:[10.0.0.2], '10.0.0.2\ti'",
    "j=2001:db8:0:0::1, '2001:db8:0:0::1\tj'",
  })
  void a_host_is_added_as_docker_has_it(String entry, String line) throws IOException {
    assertThat(machine.run("--add-host", entry, "cat", "/etc/hosts").lines()).contains(line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:b=::1",
        "a=",
        "=::1",
        ":::1",
        "a=b",
        "a=[::1",
        "a=[]",
        "a:999.1.1.1",
        "a=:::",
        "a=1",
        "a=::1%lo",
        "a=[[::1]]"
      })
  void a_host_that_cannot_be_is_refused(String entry) throws IOException {
    var refused = machine.run("--add-host", entry, "true");

    assertThat(refused.code()).isEqualTo(125);
    assertThat(refused.errors()).contains("invalid host entry");
  }

  @Test
  void without_options_the_environment_is_dockers() throws IOException {
    assertThat(machine.run("env").out().replaceAll("[0-9a-f]{12}", "ID").lines())
        .containsExactlyInAnyOrder(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOSTNAME=ID",
            "HOME=/root");
  }

  @Test
  void a_working_directory_is_made_where_it_is_missing() throws IOException {
    assertThat(machine.run("-w", "/tmp", "pwd").out()).isEqualTo("/tmp\n");
    assertThat(machine.run("-w", "/new/deep", "sh", "-c", "pwd; stat -c '%a %u' .").lines())
        .containsExactly("/new/deep", "755 0");
    assertThat(machine.rootfs().resolve("new")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "app, 1000 1001 1001 2000 /home/app",
    "1000, 1000 1001 1001 2000 /home/app",
    "app:extra, 1000 2000 2000 /home/app",
    "app:7, 1000 7 7 /home/app",
    "1234, 1234 0 0 /",
    "1234:5678, 1234 5678 5678 /",
    ":extra, 0 2000 2000 /root",
    "root, 0 0 0 /root",
  })
  void a_user_is_looked_up_in_the_image(String user, String expected) throws IOException {
    var etc = machine.rootfs().resolve("etc");
    Files.writeString(
        etc.resolve("passwd"), "app:x:1000:1001::/home/app:/bin/sh\n", StandardOpenOption.APPEND);
    Files.writeString(
        etc.resolve("group"), "app:x:1001:\nextra:x:2000:app\n", StandardOpenOption.APPEND);

    assertThat(machine.run("-u", user, "sh", "-c", "echo $(id -u; id -g; id -G) $HOME").out())
        .isEqualTo(expected + "\n");
  }

  @Test
  void a_read_only_root_cannot_be_written() throws IOException {
    var written = machine.run("--read-only", "sh", "-c", "touch /x; touch /dev/shm/y && echo shm");

    assertThat(written.errors()).contains("/x: Read-only file system");
    assertThat(written.out()).isEqualTo("shm\n");
  }

  @Test
  void what_is_written_does_not_reach_the_root_filesystem() throws IOException {
    machine.shell("echo changed > /etc/passwd; rm /bin/ls; mkdir /new");

    assertThat(machine.rootfs().resolve("etc/passwd"))
        .hasContent("root:x:0:0:root:/root:/bin/sh\n");
    assertThat(machine.rootfs().resolve("new")).doesNotExist();
    assertThat(machine.run("ls", "/").lines()).contains("bin").doesNotContain("new");
  }

  @Test
  void a_container_is_kept_without_rm() throws IOException {
    var ended =
        machine.jontainers(
            "run",
            "--name",
            "web",
            "--network",
            "none",
            "--rootfs",
            "fs/orig",
            "sh",
            "-c",
            "exit 3");

    assertThat(ended.code()).isEqualTo(3);
    assertThat(machine.jontainers("ps").lines()).hasSize(1);
    var all = machine.jontainers("ps", "-a").lines();
    assertThat(all).hasSize(2);
    assertThat(all.get(0)).startsWith("CONTAINER ID").endsWith("NAMES");
    assertThat(all.get(1)).contains("\"sh -c exit 3\"", "Exited (3)").endsWith("web");
    assertThat(machine.run("--name", "web", "true").code()).isEqualTo(125);

    assertThat(machine.jontainers("rm", "web").out()).isEqualTo("web\n");

    assertThat(machine.jontainers("ps", "-a", "-q").out()).isEmpty();
    assertThat(machine.run("--name", "web", "true").code()).isZero();
  }

  @Test
  void with_rm_nothing_is_kept() throws IOException {
    machine.run("--name", "web", "true");

    assertThat(machine.jontainers("ps", "-aq").out()).isEmpty();
    assertThat(Machine.names(machine.root().resolve("containers"))).isEmpty();
  }

  @Test
  void a_running_container_is_listed_and_only_removed_by_force() throws IOException {
    try (var running = machine.begin("--name", "web", "-i", "sh", "-c", "echo up; cat")) {
      running.await("up");

      var line = machine.jontainers("ps").lines().get(1);
      assertThat(line).matches("[0-9a-f]{12} .* \"sh -c echo up; cat\" .* Up .* web");
      var refused = machine.jontainers("rm", "web");
      assertThat(refused.errors())
          .isEqualTo(
              """
              jontainers: cannot remove container "web": container is running
              hint: rm --force kills it first
              """);
      assertThat(refused.code()).isEqualTo(125);

      assertThat(machine.jontainers("rm", "-f", line.substring(0, 6)).code()).isZero();

      assertThat(running.end()).isEqualTo(137);
      assertThat(machine.jontainers("ps", "-aq").out()).isEmpty();
    }
  }

  @Test
  void standard_input_is_passed_on_to_its_end() throws IOException {
    var counted = machine.jontainersReading("one\ntwo", Machine.runWords("-i", "wc"));

    assertThat(counted.out().strip().split(" +")).containsExactly("1", "2", "7");
  }

  @Test
  void without_interactive_standard_input_is_empty() throws IOException {
    assertThat(machine.jontainersReading("one\ntwo", Machine.runWords("wc", "-c")).out())
        .isEqualTo("0\n");
  }

  @Test
  void the_two_outputs_stay_apart() throws IOException {
    var both = machine.run("sh", "-c", "echo out; echo err >&2");

    assertThat(both.out()).isEqualTo("out\n");
    assertThat(both.errors()).isEqualTo("err\n");
  }

  @Test
  void ten_megabytes_arrive_complete() throws IOException {
    var outcome = machine.run("sh", "-c", "yes 123456789 | head -c " + TEN_MEGABYTES);

    assertThat(outcome.output()).hasSize(TEN_MEGABYTES);
    assertThat(outcome.out()).startsWith("123456789\n").endsWith("\n123456789\n");
  }

  @Test
  void a_trace_shows_the_calls_that_make_the_container() throws IOException {
    var traced = machine.run("--trace", "echo", "ran");

    assertThat(traced.out()).isEqualTo("ran\n");
    assertThat(traced.code()).isZero();
    assertThat(traced.errors().lines().filter(line -> !line.startsWith("#")))
        .allMatch(line -> line.matches("[a-z0-9_]+\\(.*\\) = -?\\d+.*"))
        .anyMatch(line -> line.matches("clone3\\(.*CLONE_NEWNS.*\\) = [1-9]\\d*"))
        .anyMatch(line -> line.matches("mount\\(\"overlay\".*\\) = 0"))
        .anyMatch(line -> line.matches("pivot_root\\(.*\\) = 0"))
        .anyMatch(line -> line.matches("seccomp\\(.*\\) = 0"))
        .last()
        .asString()
        .matches("execve\\(\"/bin/echo\", \\[\"echo\", \"ran\"], .*\\) = 0");
  }

  @Test
  void a_trace_shows_the_call_that_fails() throws IOException {
    var traced = machine.run("--trace", "/etc/passwd");

    assertThat(traced.errors())
        .contains(
            "-1 EACCES (Permission denied)\njontainers: exec: \"/etc/passwd\": permission denied\n");
    assertThat(traced.code()).isEqualTo(126);
  }

  @Test
  void version_and_help_need_no_state() throws IOException {
    assertThat(machine.jontainers("--version").out()).matches("jontainers version \\d+\\.\\d+.*\n");
    assertThat(machine.jontainers("--help").out())
        .startsWith("Usage: jontainers [--root DIR]")
        .contains("  run    ", "  ps     ", "  rm     ", "  start  ", "  stop   ");
    assertThat(machine.root()).doesNotExist();
  }

  @Test
  void the_help_of_run_lists_every_option() throws IOException {
    assertThat(machine.jontainers("run", "--help").out())
        .startsWith("Usage: jontainers run [OPTIONS] IMAGE [COMMAND [ARG…]]")
        .contains(
            "--name",
            "-h, --hostname",
            "--rm",
            "-i, --interactive",
            "-t, --tty",
            "-e, --env",
            "-w, --workdir",
            "-u, --user",
            "--network",
            "--read-only",
            "--rootfs",
            "--export",
            "--trace");
  }
}
