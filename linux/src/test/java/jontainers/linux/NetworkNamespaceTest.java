package jontainers.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;

@KernelTest
class NetworkNamespaceTest {
  private static final Path OWN = Path.of("/proc/thread-self/ns/net");

  @Test
  void a_new_namespace_is_not_the_callers_and_holds_only_lo() throws Exception {
    try (var namespace = NetworkNamespace.create()) {
      assertThat(name(namespace)).startsWith("net:[").isNotEqualTo(own());
      assertThat(links(namespace)).containsExactly("lo");
    }
  }

  @Test
  void no_thread_of_the_process_stays_in_a_namespace() throws Exception {
    var before = own();
    for (int i = 0; i < 20; i++) {
      try (var namespace = NetworkNamespace.create()) {
        assertThat(name(namespace)).isNotEqualTo(before);
      }
    }
    // The last throw-away thread may still be on its way out: the kernel's task ends a little
    // later.
    var deadline = Instant.now().plusSeconds(5);
    while (namespacesOfAllThreads().size() > 1 && Instant.now().isBefore(deadline)) {
      Thread.onSpinWait();
    }
    assertThat(namespacesOfAllThreads()).containsExactly(before);
  }

  @Test
  void an_action_runs_inside_and_its_result_comes_back() throws Exception {
    try (var namespace = NetworkNamespace.create()) {
      String inside = NetworkNamespace.enter(namespace.fd(), NetworkNamespaceTest::own);
      assertThat(inside).isEqualTo(name(namespace));
    }
  }

  @Test
  void a_sysctl_is_the_namespaces_own() throws Exception {
    var sysctl = Path.of("/proc/sys/net/ipv4/ip_default_ttl");
    try (var namespace = NetworkNamespace.create()) {
      NetworkNamespace.enter(namespace.fd(), () -> Files.writeString(sysctl, "42"));
      assertThat(NetworkNamespace.enter(namespace.fd(), () -> read(sysctl))).isEqualTo("42");
      assertThat(read(sysctl)).isEqualTo("64");
    }
  }

  @Test
  void what_an_action_throws_reaches_the_caller() throws Exception {
    try (var namespace = NetworkNamespace.create()) {
      assertThatThrownBy(() -> NetworkNamespace.enter(namespace.fd(), () -> fail("inside")))
          .isInstanceOf(IOException.class)
          .hasMessage("inside");
    }
  }

  @Test
  void entering_what_is_no_namespace_names_the_file() throws Exception {
    try (var file = Fd.open(Path.of("/proc/self/status"), Fd.O_RDONLY)) {
      assertThatThrownBy(() -> NetworkNamespace.enter(file, NetworkNamespaceTest::own))
          .isInstanceOf(SyscallException.class)
          .hasMessage("setns /proc/self/status: EINVAL (Invalid argument)");
    }
  }

  @Test
  void an_interrupted_caller_gets_its_namespace_and_keeps_the_interrupt() throws Exception {
    var seen = new AtomicReference<Boolean>();
    var thread =
        Thread.ofPlatform()
            .start(() -> {
              Thread.currentThread().interrupt();
              try (var _ = NetworkNamespace.create()) {
                seen.set(Thread.interrupted());
              } catch (SyscallException e) {
                throw new AssertionError(e);
              }
            });
    thread.join();
    assertThat(seen).hasValue(true);
  }

  @Test
  void the_socket_inside_lives_in_the_namespace() throws Exception {
    // RTM_GETLINK of all links: the answer has one link, lo
    byte[] request = new byte[32];
    request[0] = 32;
    request[4] = 18;
    request[6] = 1;
    request[7] = 3;
    try (var namespace = NetworkNamespace.create()) {
      namespace.route().connect(new byte[] {16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
      namespace.route().send(request, 0, request.length);
      int length = namespace.route().receive(new byte[32 * 1024], 0);
      assertThat(length).isBetween(500, 3000);
    }
  }

  private static String fail(String message) throws IOException {
    throw new IOException(message);
  }

  private static String own() throws SyscallException {
    try {
      return Files.readSymbolicLink(OWN).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String name(NetworkNamespace namespace) throws IOException {
    return Files.readSymbolicLink(namespace.fd().procPath()).toString();
  }

  private static List<String> links(NetworkNamespace namespace) throws Exception {
    var lines =
        NetworkNamespace.enter(
            namespace.fd(), () -> Files.readAllLines(Path.of("/proc/thread-self/net/dev")));
    return lines.stream().skip(2).map(line -> line.strip().split(":")[0]).toList();
  }

  /// Not `Files.readString`: it reads the first byte alone, and a sysctl ends after the first read.
  private static String read(Path file) throws SyscallException {
    try (var fd = Fd.open(file, Fd.O_RDONLY)) {
      byte[] bytes = new byte[100];
      int length = fd.read(bytes, 0, bytes.length);
      return new String(bytes, 0, length, StandardCharsets.UTF_8).strip();
    }
  }

  private static Set<String> namespacesOfAllThreads() throws IOException {
    var names = new TreeSet<String>();
    for (String task : Path.of("/proc/self/task").toFile().list()) {
      try {
        names.add(Files.readSymbolicLink(Path.of("/proc/self/task", task, "ns/net")).toString());
      } catch (NoSuchFileException e) {
        names.remove(task); // it has just ended
      }
    }
    return names;
  }
}
