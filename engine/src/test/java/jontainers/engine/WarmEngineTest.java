package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.Pidfd;
import jontainers.linux.Pipe;
import jontainers.linux.SyscallException;
import jontainers.runtime.Launch;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An engine that starts many containers keeps things ready for the next one.
@KernelTest
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WarmEngineTest {
  private static final int MANY = 200;
  private static final int SIGKILL = 9;

  @TempDir Path directory;
  private Path rootfs = Path.of("/");

  @BeforeEach
  void makeBusybox() throws IOException {
    rootfs = Busybox.make(directory);
  }

  @AfterEach
  void takeTheNetworkAway() throws EngineException {
    try (var engine = Engine.open(directory.resolve("state"))) {
      engine.releaseNetwork(Engine.WhileRunning.REFUSE);
    }
  }

  /// All run at the same time, so an address that was given twice would be seen. The JDK's own
  /// files are not close-on-exec.
  @Test
  void two_hundred_containers_at_once_share_no_address_and_have_no_descriptor_but_their_own()
      throws Exception {
    Set<String> addresses = Collections.synchronizedSet(new HashSet<>());
    Set<String> descriptors = Collections.synchronizedSet(new HashSet<>());
    var spec = spec(NetworkMode.BRIDGE, "sh", "-c", "ip -o -4 addr show eth0 || exit; exec cat");
    try (var engine = Engine.open(directory.resolve("state"));
        var stray = new RandomAccessFile(rootfs.resolve("etc/passwd").toFile(), "r");
        var threads = Executors.newFixedThreadPool(MANY)) {
      assertThat(stray.getFD().valid()).isTrue();
      engine.prepareNetwork(Optional.empty());
      var all = new CountDownLatch(MANY);
      var codes = new ArrayList<Future<Integer>>();
      for (int i = 0; i < MANY; i++) {
        codes.add(
            threads.submit(() -> {
              try (var input = Pipe.open("input");
                  var output = Pipe.open("output");
                  var errors = Fd.open(Path.of("/dev/null"), Fd.O_WRONLY);
                  var container =
                      engine.start(
                          spec,
                          StartOptions.of(
                              new Launch.Streams(input.readEnd(), output.writeEnd(), errors)))) {
                output.writeEnd().close();
                addresses.add(line(output.readEnd()));
                descriptors.addAll(names(Path.of("/proc/" + container.state().pid() + "/fd")));
                all.countDown();
                all.await();
                input.writeEnd().close();
                return container.waitFor().shellCode();
              } finally {
                all.countDown(); // one that failed does not keep the others waiting
              }
            }));
      }
      for (var code : codes) {
        assertThat(code.get()).isZero();
      }
    }

    assertThat(addresses).hasSize(MANY).allMatch(address -> address.contains(" 172.19.80."));
    assertThat(descriptors).containsExactlyInAnyOrder("0", "1", "2");
    assertThat(names(directory.resolve("state/containers"))).isEmpty();
    assertThat(names(directory.resolve("state/names"))).isEmpty();
    assertThat(names(directory.resolve("state/trash"))).isEmpty();
    assertThat(names(directory.resolve("state/network/bridge/addresses"))).isEmpty();
  }

  @Test
  void the_first_start_makes_nothing_for_a_second() throws Exception {
    try (var engine = Engine.open(directory.resolve("state"))) {
      engine.run(spec(NetworkMode.NONE, "true"));

      for (var guard : ProcessHandle.current().children().toList()) { // a zygote would stay
        assertThat(ended(guard.pid(), 0)).isTrue();
      }
    }
  }

  @Test
  void a_zygote_that_was_killed_does_not_break_the_next_start() throws Exception {
    var spec = spec(NetworkMode.NONE, "sh", "-c", "echo here");
    try (var engine = Engine.open(directory.resolve("state"))) {
      engine.run(spec);
      for (int i = 0; i < 3; i++) {
        assertThat(engine.run(spec).output()).isEqualTo("here\n");
        for (var zygote : ProcessHandle.current().children().toList()) {
          assertThat(ended(zygote.pid(), SIGKILL)).isTrue();
        }
      }
    }
  }

  @Test
  void what_is_kept_ready_does_not_keep_the_network() throws Exception {
    var spec = spec(NetworkMode.BRIDGE, "ip", "-o", "-4", "addr", "show", "eth0");
    try (var engine = Engine.open(directory.resolve("state"));
        var other = Engine.open(directory.resolve("state"))) {
      for (int i = 0; i < 5; i++) {
        assertThat(engine.run(spec).output()).contains(" 172.19.80.");
      }

      other.releaseNetwork(Engine.WhileRunning.REFUSE);

      for (int i = 0; i < 5; i++) {
        assertThat(engine.run(spec).output()).contains(" 172.19.80.");
      }
    }
  }

  @Test
  void an_address_that_is_asked_for_is_not_kept_by_what_is_ready() throws Exception {
    var addresses = directory.resolve("state/network/bridge/addresses");
    try (var engine = Engine.open(directory.resolve("state"))) {
      for (int i = 0; i < 5; i++) {
        engine.run(spec(NetworkMode.BRIDGE, "true"));
        engine.run(spec(NetworkMode.BRIDGE, "true"));
        for (String address : names(addresses)) { // of what has just ended, and of what is ready
          for (int again = 0; again < 2; again++) {
            assertThat(engine.run(at(address)).output()).contains(" " + address + "/");
          }
        }
      }
    }
  }

  @Test
  void an_image_that_was_changed_is_seen_changed() throws Exception {
    var spec = spec(NetworkMode.NONE, "stat", "-c", "%a", "/");
    try (var engine = Engine.open(directory.resolve("state"))) {
      for (String mode : List.of("700", "751", "700")) {
        Files.setPosixFilePermissions(
            rootfs,
            java.nio.file.attribute.PosixFilePermissions.fromString(
                mode.equals("700") ? "rwx------" : "rwxr-x--x"));
        for (int i = 0; i < 4; i++) {
          assertThat(engine.run(spec).output()).isEqualTo(mode + "\n");
        }
      }
    }
  }

  @Test
  void an_engine_that_is_killed_takes_its_containers_and_zygotes_along() throws Exception {
    var process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")
                    + ":"
                    + System.getProperty("jdk.module.path", ""),
                Killed.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var left = new ArrayList<Pidfd>();
    try (var input = process.inputReader()) {
      for (String pid : input.readLine().split(" ")) {
        left.add(Pidfd.open(Integer.parseInt(pid)));
      }
      process.destroyForcibly().onExit().join();

      assertThat(left).hasSizeGreaterThan(2);
      for (var each : left) {
        assertThat(each.awaitEnd(Duration.ofSeconds(60))).isTrue();
      }
    } finally {
      process.destroyForcibly().onExit().join();
      left.forEach(Pidfd::close);
    }
  }

  /// Runs until it is killed, with a container; prints the numbers of all its children.
  static final class Killed {
    private Killed() {}

    public static void main(String[] arguments) throws Exception {
      var directory = Path.of(arguments[0]);
      var spec =
          ContainerSpec.of(RootImage.rootfs(directory.resolve("rootfs")), "cat")
              .autoRemove()
              .network(NetworkMode.NONE)
              .build();
      try (var engine = Engine.open(directory.resolve("state"));
          var input = Pipe.open("input");
          var output = Fd.open(Path.of("/dev/null"), Fd.O_WRONLY)) {
        engine.run(spec);
        engine.run(spec);
        try (var _ =
            engine.start(
                spec, StartOptions.of(new Launch.Streams(input.readEnd(), output, output)))) {
          System.out.println(
              ProcessHandle.current()
                  .children()
                  .map(child -> Long.toString(child.pid()))
                  .collect(Collectors.joining(" ")));
          new CountDownLatch(1).await();
        }
      }
    }
  }

  private ContainerSpec spec(NetworkMode network, String... command) {
    return ContainerSpec.of(RootImage.rootfs(rootfs), command)
        .autoRemove()
        .network(network)
        .build();
  }

  private ContainerSpec at(String address) throws UnknownHostException {
    var settings =
        new NetworkSettings(
            NetworkMode.BRIDGE,
            Optional.of(InetAddress.getByName(address)),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    return ContainerSpec.of(RootImage.rootfs(rootfs), "ip", "-o", "-4", "addr", "show", "eth0")
        .autoRemove()
        .network(settings)
        .build();
  }

  private static boolean ended(long pid, int signal) throws SyscallException {
    try (var process = Pidfd.open((int) pid)) {
      process.sendSignal(signal);
      return process.awaitEnd(Duration.ofSeconds(30));
    } catch (SyscallException e) {
      assertThat(e.errno()).isEqualTo(Errno.ESRCH);
      return true;
    }
  }

  private static String line(Fd fd) throws IOException {
    var reader =
        new BufferedReader(
            new InputStreamReader(
                Fd.duplicate(fd.number(), 0).inputStream(), StandardCharsets.UTF_8));
    try (reader) {
      return String.valueOf(reader.readLine());
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
