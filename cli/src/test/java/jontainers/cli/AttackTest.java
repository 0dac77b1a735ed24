package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a program tries that wants out, once it runs. Where that can be done, each test shows that
/// the trick works where its wall is missing.
///
/// The attacker is the host's Python in the image `host`.
@KernelTest
class AttackTest {
  private static final String PYTHON = "/usr/bin/python3";

  @RegisterExtension final Machine machine = new Machine();

  @BeforeEach
  void needPython() {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON + ": install python3");
  }

  /// CVE-2016-9962, CVE-2024-21626: descriptors of the command, of its JVM and of its caller.
  @ParameterizedTest
  @ValueSource(strings = {"", "-t", "--init", "--init -t"})
  void no_process_has_a_descriptor_of_the_host(String options) throws IOException {
    String script =
        """
        import os
        for process in filter(str.isdigit, os.listdir("/proc")):
            for number in os.listdir(f"/proc/{process}/fd"):
                try:
                    print(process, number, os.readlink(f"/proc/{process}/fd/{number}"))
                except FileNotFoundError:
                    pass # that of the list
        """;
    var command =
        machine.command(
            words(options + " --cap-add SYS_PTRACE --network none host " + PYTHON + " -c")
                .toArray(String[]::new));
    command.add(script);

    var run =
        machine.program(
            Stream.concat(
                    Stream.of(
                        "sh", "-c", "exec 5< / 6<> out 7< /etc/shadow 8< /; exec \"$@\"", "sh"),
                    command.stream())
                .toArray(String[]::new));

    assertThat(run.code()).as(run.errors()).isZero();
    assertThat(run.lines())
        .hasSizeGreaterThanOrEqualTo(3)
        .allMatch(line ->
            line.matches("\\d+ [012] (pipe:|socket:|/dev/null|/dev/pts/0).*")
                || line.matches("1 [34] anon_inode:\\[signalfd]")
                || line.matches("1 5 /memfd:codes \\(deleted\\)"));
  }

  /// What the caller has opened for reading is not written, whatever its mode; what it appends to
  /// is not read; and the null device keeps its mode.
  @ParameterizedTest
  @ValueSource(strings = {"", "--init", "--userns auto"})
  void the_callers_files_stay_as_they_are_opened(String options) throws IOException {
    var input = Files.writeString(machine.directory().resolve("input"), "read");
    var log = Files.writeString(machine.directory().resolve("log"), "kept\n");
    var none = machine.directory().resolve("null");
    machine.text("mknod", "-m", "666", none.toString(), "c", "1", "3");
    Files.setPosixFilePermissions(input, PosixFilePermissions.fromString("rw-------"));
    String script =
        """
        for n in 0 1 2; do
          (echo evil >/proc/self/fd/$n) 2>/dev/null
          chmod 4777 /proc/self/fd/$n 2>/dev/null
          chown 7 /proc/self/fd/$n 2>/dev/null
        done
        dd if=/proc/self/fd/1 of=/tmp/stolen iflag=nonblock 2>/dev/null
        grep -q kept /tmp/stolen && echo stolen
        cat
        """;
    var command =
        machine.command(
            words("-i " + options + " --network none --rootfs fs/orig sh -c")
                .toArray(String[]::new));
    command.add(script);
    var all = new ArrayList<>(List.of("sh", "-c", "exec <input >>log 2>null; exec \"$@\"", "sh"));
    all.addAll(command);

    var run = machine.program(all.toArray(String[]::new));

    assertThat(run.code()).isZero();
    assertThat(input).hasContent("read");
    assertThat((int) Files.getAttribute(input, "unix:mode") & 07777).isEqualTo(0600);
    assertThat((int) Files.getAttribute(input, "unix:uid")).isZero();
    assertThat((int) Files.getAttribute(none, "unix:mode") & 07777).isEqualTo(0666);
    assertThat((int) Files.getAttribute(none, "unix:uid")).isZero();
    assertThat(log).content().startsWith("kept\n").contains("read").doesNotContain("stolen");
  }

  /// A stream that the caller has closed is no file of the JVM.
  @ParameterizedTest
  @ValueSource(strings = {"<&-", "<&- >&-", "<&- >&- 2>&-", "2>&-"})
  void a_closed_stream_is_no_file_of_the_jvm(String closing) throws IOException {
    var seen = Files.createDirectory(machine.directory().resolve("seen"));
    var command =
        machine.command(
            Machine.runWords(
                "-i", "-v", seen + ":/seen", "sh", "-c", "ls -l /proc/self/fd >/seen/list 2>&1"));
    var all = new ArrayList<>(List.of("sh", "-c", "exec " + closing + "; exec \"$@\"", "sh"));
    all.addAll(command);

    machine.program(all.toArray(String[]::new));

    assertThat(seen.resolve("list")).content().doesNotContain("modules", ".jar", ".aot", "jvm");
  }

  /// Images log to /dev/stdout as a user who is not root.
  @ParameterizedTest
  @ValueSource(strings = {"", "-t", "--init", "--userns auto", "-i"})
  void a_user_writes_to_its_own_output(String options) throws IOException {
    for (String user : List.of("0", "1000")) {
      var words =
          Stream.concat(
              words(options + " -u " + user + " --network none --rootfs fs/orig sh -c"),
              Stream.of("echo out >/dev/stdout; echo err >/dev/stderr"));

      var run = machine.jontainers(words.toArray(String[]::new));

      assertThat(run.code()).as(user + run.errors()).isZero();
      assertThat((run.out() + run.errors()).replace("\r", "").lines())
          .as(user)
          .contains("out", "err");
    }
  }

  /// CVE-2019-5736: what started the container is there as /proc/1/exe with `--init`.
  @Test
  void the_runtime_cannot_be_overwritten() throws IOException {
    var run =
        python(
            "--init --cap-add SYS_PTRACE",
            """
            import fcntl, os
            print(os.readlink("/proc/1/exe"))
            image = os.open("/proc/1/exe", os.O_RDONLY)
            print(fcntl.fcntl(image, 1034)) # F_GET_SEALS
            for path in "/proc/1/exe", f"/proc/self/fd/{image}":
                try:
                    os.open(path, os.O_RDWR)
                except OSError as e:
                    print(e.strerror)
            print(os.fstat(image).st_size < 1000)
            """);

    assertThat(run.lines())
        .containsExactly(
            "/memfd:jontainers (deleted)",
            "15", // F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE
            "Text file busy",
            "Text file busy",
            "True");
  }

  /// session-keyring(7): what the caller can search, the container cannot.
  @Test
  void the_callers_keys_do_not_enter() throws IOException {
    var keyctl = Path.of("/usr/bin/keyctl");
    assumeTrue(Files.isExecutable(keyctl), "no " + keyctl + ": install keyutils");
    String search = "keyctl search @s user leak >/dev/null 2>&1 && echo found || echo not found";
    String options = "run --rm --network none --security-opt seccomp=unconfined host sh -c";
    var command = machine.command(options.split(" "));
    command.add(search);
    String adding = "keyctl add user leak secret @s >/dev/null; " + search + "; exec \"$@\"";
    var all = new ArrayList<>(List.of(keyctl.toString(), "session", "-", "sh", "-c", adding, "sh"));
    all.addAll(command);

    var run = machine.program(all.toArray(String[]::new));

    assertThat(run.out()).isEqualTo("found\nnot found\n");
  }

  /// Without the capability for that, nobody in the container looks into its init.
  @Test
  void the_init_is_not_traced() throws IOException {
    var run =
        python(
            "--init",
            """
            import os
            for attempt in (lambda: os.readlink("/proc/1/exe"),
                            lambda: os.open("/proc/1/mem", os.O_RDWR),
                            lambda: os.readlink("/proc/1/fd/3")):
                try:
                    print(attempt())
                except OSError as e:
                    print(e.strerror)
            """);

    assertThat(run.lines())
        .containsExactly("Permission denied", "Permission denied", "Permission denied");
  }

  /// The image names the runtime as its program, so that it runs with files of the image.
  @ParameterizedTest
  @ValueSource(strings = {"/proc/self/exe", "/link", "/script"})
  void the_runtime_as_the_program_is_of_no_use(String program) throws IOException {
    var rootfs = machine.rootfs();
    Files.createSymbolicLink(rootfs.resolve("link"), Path.of("/proc/self/exe"));
    Files.writeString(rootfs.resolve("script"), "#!/proc/self/exe\n");
    assertThat(rootfs.resolve("script").toFile().setExecutable(true)).isTrue();

    var run = machine.run(program);

    assertThat(run.out()).isEmpty();
    assertThat(run.code()).isIn(125, 126, 139);
  }

  @Test
  void nothing_of_the_hosts_java_is_mapped_or_named() throws IOException {
    var seen =
        machine.shell("cat /proc/[0-9]*/maps; ls -l /proc/[0-9]*/exe; cat /proc/*/mountinfo");

    assertThat(seen.out()).contains("busybox").doesNotContainIgnoringCase("jvm", ".jar", "libjava");
  }

  /// CVE-2022-24769 and the like: what the caller would hand on to every program.
  @Test
  void capabilities_that_the_caller_passes_on_are_not_passed_on() throws IOException {
    String[] show = {"grep", "^Cap", "/proc/self/status"};
    var passing =
        List.of("setpriv", "--inh-caps", "+net_raw,+chown", "--ambient-caps", "+net_raw,+chown");

    assertThat(machine.program(joined(passing, List.of(show))).out())
        .contains("CapInh:\t0000000000002001", "CapAmb:\t0000000000002001");
    var run =
        machine.program(
            joined(
                passing,
                machine.command(Machine.runWords("-u", "7", "grep", "^Cap", "/proc/self/status"))));

    assertThat(run.lines())
        .as(run.errors())
        .containsExactly(
            "CapInh:\t0000000000000000",
            "CapPrm:\t0000000000000000",
            "CapEff:\t0000000000000000",
            "CapBnd:\t00000000a80425fb",
            "CapAmb:\t0000000000000000");
  }

  /// Names of the host's parameters, and paths that lead to them from those of a namespace.
  @ParameterizedTest
  @CsvSource({
    "kernel.core_pattern",
    "kernel/core_pattern",
    "kernel.panic",
    "kernel.modprobe",
    "vm.drop_caches",
    "fs.file-max",
    "user.max_user_namespaces",
    "net",
    "net.",
    "net..core.somaxconn",
    "net/../kernel/core_pattern",
    "net.ipv4./../../kernel/core_pattern",
    "net/ipv4/../../kernel/core_pattern",
    "./kernel/core_pattern",
    "fs.mqueue/../../kernel/core_pattern",
    "fs/mqueue/../file-max",
    "kernel.shm_rmid_forced/../core_pattern",
    "kernel.msgmax.x",
    "/proc/sys/kernel/core_pattern",
  })
  void no_parameter_of_the_host_is_set(String name) throws IOException {
    String before = Files.readString(Path.of("/proc/sys/kernel/core_pattern"));

    var run = machine.run("--sysctl", name + "=|/x", "true");

    assertThat(run.errors()).contains("sysctl \"" + name + "\"");
    assertThat(run.code()).isEqualTo(125);
    assertThat(Files.readString(Path.of("/proc/sys/kernel/core_pattern"))).isEqualTo(before);
  }

  /// A parameter of a namespace is the host's when the namespace is.
  @ParameterizedTest
  @CsvSource({
    "--network host --sysctl net.ipv4.ip_forward=0",
    "--ipc host --sysctl kernel.msgmax=1",
    "--ipc host --sysctl fs.mqueue.msg_max=1",
    "--uts host --sysctl kernel.domainname=x",
  })
  void no_parameter_of_a_shared_namespace_is_set(String options) throws IOException {
    var run = machine.jontainers(words(options + " --rootfs fs/orig true").toArray(String[]::new));

    assertThat(run.errors()).contains("sysctl \"");
    assertThat(run.code()).isEqualTo(125);
  }

  @Test
  void setuid_gains_nothing_with_no_new_privileges() throws IOException {
    String script =
        """
        import os, shutil, subprocess
        shutil.copy("/usr/bin/id", "/tmp/id")
        os.chmod("/tmp/id", 0o4755)
        print(subprocess.check_output(["/tmp/id", "-u"], user=1000).decode().strip())
        """;

    assertThat(python("", script).out()).isEqualTo("0\n");
    assertThat(python("--security-opt no-new-privileges", script).out()).isEqualTo("1000\n");
  }

  /// A node that lies in the image needs no mknod(2).
  @Test
  void a_device_that_the_image_brings_is_not_opened() throws IOException {
    machine.text("mknod", machine.rootfs().resolve("mem").toString(), "c", "1", "1");
    machine.text("mknod", machine.rootfs().resolve("disk").toString(), "b", "7", "0");
    machine.text("mknod", machine.rootfs().resolve("zero").toString(), "c", "1", "5");

    var run = machine.run("sh", "-c", "cat < /mem; cat < /disk; head -c 3 /zero | wc -c");

    assertThat(run.errors().lines())
        .containsExactly(
            "sh: can't open /mem: Operation not permitted",
            "sh: can't open /disk: Operation not permitted");
    assertThat(run.out()).isEqualTo("3\n");
  }

  /// System calls that Docker's profile keeps from every container without more capabilities: each
  /// works, or fails otherwise, without the profile.
  @Test
  void system_calls_outside_the_profile_are_refused() throws IOException {
    String script =
        """
        import ctypes, os, platform
        libc = ctypes.CDLL(None, use_errno=True)
        x86 = platform.machine() == "x86_64"
        NEWUSER, SIGCHLD = 0x10000000, 17
        calls = [
            ("add_key", 248 if x86 else 217, b"user", b"x", b"y", 1, -2),
            ("request_key", 249 if x86 else 218, b"user", b"none", 0, 0),
            ("keyctl", 250 if x86 else 219, 0, -2, 1),
            ("socket AF_ALG", 41 if x86 else 198, 38, 5, 0),
            ("socket AF_VSOCK", 41 if x86 else 198, 40, 1, 0),
            ("unshare", 272 if x86 else 97, NEWUSER),
            ("clone", 56 if x86 else 220, NEWUSER | SIGCHLD, 0, 0, 0, 0),
            ("personality", 135 if x86 else 92, 0x0400000),
            ("io_uring_setup", 425, 0, 0),
        ]
        for name, *arguments in calls:
            if os.fork() == 0:
                ctypes.set_errno(0)
                words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
                result = libc.syscall(*words)
                if result == 0 and name == "clone":
                    os._exit(0)
                error = ctypes.get_errno() if result == -1 else 0
                print(name, "EPERM" if error == 1 else "other", flush=True)
                os._exit(0)
            os.wait()
        """;

    assertThat(python("", script).lines()).hasSize(9).allMatch(line -> line.endsWith(" EPERM"));
    assertThat(python("--security-opt seccomp=unconfined", script).lines())
        .hasSize(9)
        .allMatch(line -> line.endsWith(" other"));
  }

  /// Docker allows ptrace(2) since Linux 4.8, of which seccomp sees the calls of a tracee, too; a
  /// container sees no process but its own. Old programs take ENOSYS for "use clone(2)".
  @Test
  void of_ptrace_and_clone3_the_profile_decides() throws IOException {
    var run =
        python(
            "",
            """
            import ctypes, os
            libc = ctypes.CDLL(None, use_errno=True)
            print(libc.ptrace(0, 0, 0, 0)) # PTRACE_TRACEME
            print(libc.syscall(435, 0, 0), ctypes.get_errno()) # clone3
            print(libc.ptrace(0x4206, ctypes.c_long(os.getpid() + 1000), 0, 0)) # PTRACE_SEIZE
            print(os.strerror(ctypes.get_errno()))
            """);

    assertThat(run.lines()).containsExactly("0", "-1 38", "-1", "No such process");
  }

  @Test
  void abstract_sockets_of_the_host_are_not_reached() throws IOException {
    String listen =
        """
        import socket, sys
        s = socket.socket(socket.AF_UNIX)
        s.bind("\\0jontainers-attack")
        s.listen()
        print("ready", flush=True)
        sys.stdin.read()
        """;
    String connect =
        """
        import socket
        try:
            socket.socket(socket.AF_UNIX).connect("\\0jontainers-attack")
            print("connected")
        except OSError as e:
            print(e.strerror)
        """;
    try (var host = new Running(new ProcessBuilder(PYTHON, "-c", listen).start())) {
      host.await("ready");

      assertThat(python("", connect).out()).isEqualTo("Connection refused\n");
      assertThat(
              machine
                  .jontainers("run", "--rm", "--network", "host", "host", PYTHON, "-c", connect)
                  .out())
          .isEqualTo("connected\n");
      assertThat(host.end()).isZero();
    }
  }

  /// CVE-2022-0492 and the like: files of which the kernel reads what it executes or does. They are
  /// opened and not written.
  @Test
  void files_that_command_the_kernel_cannot_be_opened_for_writing() throws IOException {
    String script =
        """
        import glob, os
        paths = ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern",
                 "/proc/sys/kernel/modprobe", "/proc/sys/vm/drop_caches",
                 "/sys/kernel/uevent_helper", "/sys/kernel/profiling", "/sys/module"]
        for name in "release_agent", "notify_on_release", "devices.allow", "cgroup.procs":
            paths += glob.glob("/sys/fs/cgroup/" + name) + glob.glob("/sys/fs/cgroup/*/" + name)
        for path in filter(os.path.isfile, paths):
            try:
                os.close(os.open(path, os.O_WRONLY))
                print("open", path)
            except OSError as e:
                print(e.strerror, path)
        """;

    assertThat(python("", script).lines())
        .hasSizeGreaterThan(3)
        .allMatch(line -> line.startsWith("Read-only file system "));
    assertThat(python("--privileged", script).lines())
        .contains("open /proc/sys/kernel/core_pattern");
  }

  /// Run a script that has to succeed in the image `host`.
  private Machine.Outcome python(String options, String script) throws IOException {
    var words = words(options + " --network none host " + PYTHON + " -c ").toList();
    var all = new ArrayList<>(words);
    all.add(script);
    var run = machine.jontainers(all.toArray(String[]::new));
    assertThat(run.code()).as(run.errors()).isZero();
    return run;
  }

  private static String[] joined(List<String> words, List<String> more) {
    return Stream.concat(words.stream(), more.stream()).toArray(String[]::new);
  }

  private static Stream<String> words(String options) {
    return Stream.concat(Stream.of("run", "--rm"), Arrays.stream(options.strip().split(" +")));
  }
}
