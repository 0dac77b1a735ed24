package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import jontainers.linux.Pipe;
import jontainers.linux.proxy.Zygotes;
import jontainers.oci.Device;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Root;
import jontainers.oci.Spec;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A root filesystem that somebody made who wants out: whatever it is, the host's files stay as
/// they are and the kernel's files are hidden where they are found.
@KernelTest
@InVm
class HostileRootTest {
  private static final Mount PROC = new Mount("/proc", "proc", "proc", List.of());
  private static final Mount DEV = new Mount("/dev", "tmpfs", "tmpfs", List.of("mode=755"));
  private static final Mount PTS =
      new Mount("/dev/pts", "devpts", "devpts", List.of("newinstance", "ptmxmode=0666"));
  private static final Mount SYS = new Mount("/sys", "sysfs", "sysfs", List.of("ro"));
  private static final Mount CGROUP =
      new Mount("/sys/fs/cgroup", "cgroup", "cgroup", List.of("ro"));
  private static final List<Mount> KERNELS = List.of(PROC, DEV, PTS, SYS, CGROUP);

  /// Looks for an open /proc, by what it is hidden in and writable for.
  private static final String SEARCH =
      """
      for d in /*; do
        cat $d/version
        { read text <&3; [ ${text:-false} = false ] || echo $text is writable; } \\
            3<> $d/sys/kernel/core_pattern
      done 2> /dev/null\
      """;

  @TempDir Path directory;
  private Path rootfs;
  private Path outside;

  @BeforeEach
  void makeRootAndWhatIsOutside() throws IOException {
    directory = directory.toRealPath();
    outside = Files.createDirectory(directory.resolve("outside"));
    rootfs = directory.resolve("rootfs");
    for (String name : List.of("bin", "tmp", "proc", "sys", "dev")) {
      Files.createDirectories(rootfs.resolve(name));
    }
    var busybox = Path.of("/bin/busybox");
    assumeTrue(Files.isExecutable(busybox), "no static busybox: install busybox-static");
    Files.copy(busybox, rootfs.resolve("bin/busybox"));
    for (String applet : List.of("sh", "cat", "ls", "wc")) {
      Files.createSymbolicLink(rootfs.resolve("bin").resolve(applet), Path.of("busybox"));
    }
  }

  /// Links out of the root, where OUTSIDE is a directory of the host. That of the root itself is
  /// `..` of it, as long as the host's is mounted over it.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "OUTSIDE",
        "/..OUTSIDE",
        "/../../../../../../..OUTSIDE",
        "../../../../../../..OUTSIDE",
        "/proc/self/cwdOUTSIDE",
        "/proc/self/rootOUTSIDE",
        "/proc/1/cwd/..OUTSIDE",
        "/proc/self/fd/100/../../..OUTSIDE",
        "/proc/self/fd/200/../../..OUTSIDE",
      })
  void a_mount_target_below_a_link_is_made_inside_or_nowhere(String link) throws Exception {
    Files.createSymbolicLink(
        rootfs.resolve("data"), Path.of(link.replace("OUTSIDE", outside.toString())));
    var shared = Files.createDirectory(directory.resolve("shared"));

    run(with(KERNELS, tmpfs("/data/made"), bind(shared, "/data/shared")), "true");

    assertThat(outside).isEmptyDirectory();
  }

  /// With the host's processes to be seen, each has a link to the host's root, which is not
  /// resolved as a path is. Directories, files, nodes, links and the working directory are made by
  /// name.
  @Test
  void nothing_is_made_on_the_host_behind_a_link_of_a_process() throws Exception {
    long visible = ProcessHandle.current().pid();
    Files.createSymbolicLink(
        rootfs.resolve("data"), Path.of("/proc/" + visible + "/root" + outside));
    var file = Files.writeString(directory.resolve("file"), "");
    var dev = Files.createDirectory(directory.resolve("dev"));
    Files.createSymbolicLink(dev.resolve("sub"), Path.of("/data"));

    for (var mounts :
        List.of(
            List.of(PROC, tmpfs("/data/made/deep")),
            List.of(PROC, bind(file, "/data/file")),
            List.of(PROC, bind(dev, "/dev"), tmpfs("/dev/sub/made")))) {
      var ended = run(spec(mounts, "/", "true", List.of("mount", "network", "cgroup"), List.of()));

      assertThat(ended.failure()).as(mounts.toString()).isNotEmpty();
      assertThat(outside).as(mounts.toString()).isEmptyDirectory();
    }
    var ended =
        run(spec(List.of(PROC), "/data/made/deep", "true", List.of("mount", "network"), List.of()));
    assertThat(ended.failure()).isNotEmpty();
    var device = new Device("/data/made/zero", "c", 1, 5, null, null, null);
    ended =
        run(
            spec(
                List.of(PROC, DEV),
                "/",
                "true",
                List.of("mount", "network"),
                List.of(new Device("/dev/null", "c", 1, 3, null, null, null), device)));
    assertThat(ended.failure()).isNotEmpty();
    assertThat(outside).isEmptyDirectory();
  }

  /// A mount below a read-only tree of the host would leave its place there.
  @Test
  void no_place_for_a_mount_is_made_in_a_read_only_tree() throws Exception {
    Files.createSymbolicLink(rootfs.resolve("data"), Path.of("/srv"));
    var tree = new Mount("/srv", "bind", outside.toString(), List.of("rbind", "ro"));

    for (String target : List.of("/srv/made", "/data/made")) {
      var ended = run(with(KERNELS, tree, tmpfs(target)), "true");

      assertThat(ended.failure()).as(target).isNotEmpty();
      assertThat(outside).as(target).isEmptyDirectory();
    }
  }

  /// What the kernel shows there is the truth for runtime and programs, by whatever name an image
  /// has something else mounted on it (CVE-2019-16884).
  @ParameterizedTest
  @CsvSource({
    "/, /link, /",
    "/, /link/., /",
    "/tmp/.., /link, /",
    "/, /link/proc, /proc",
    "/, /link/sys, /sys",
    "/, /link/dev, /dev",
    "/proc, /link, /proc",
    "/proc, /link/self/attr, /proc",
    "/proc, /link/sys, /proc",
    "/sys, /link/kernel, /sys",
    "/dev, /link, /dev",
  })
  void the_kernels_filesystems_are_not_covered_through_a_link(
      String link, String target, String covered) throws Exception {
    Files.createSymbolicLink(rootfs.resolve("link"), Path.of(link));
    var shared = Files.createDirectory(directory.resolve("shared"));

    for (var mount : List.of(tmpfs(target), bind(shared, target))) {
      var ended = run(with(KERNELS, mount), "true");

      assertThat(ended.failure())
          .as(mount.toString())
          .startsWith("cannot mount: ")
          .contains(covered);
    }
  }

  @Test
  void what_a_link_leads_to_beside_the_kernels_filesystems_is_mounted() throws Exception {
    Files.createSymbolicLink(rootfs.resolve("link"), Path.of("/"));
    var shared = Files.createDirectory(directory.resolve("shared"));
    Files.writeString(shared.resolve("file"), "seen");

    var ended = run(with(KERNELS, bind(shared, "/link/dev/own")), "cat /dev/own/file");

    assertThat(ended).isEqualTo(new Ended("seen", ""));
  }

  /// Under systemd all mounts of the host are shared, and so is each copy of one.
  @ParameterizedTest
  @CsvSource({
    "rbind, /bin/busybox mount -t tmpfs none /data/sub",
    "rbind:slave, /bin/busybox mount -t tmpfs none /data/sub",
    "rbind:rshared, /bin/busybox mount -t tmpfs none /data/sub",
    "bind, /bin/busybox mount -t tmpfs none /data/sub",
    "rbind:rprivate, /bin/busybox mount -t tmpfs none /data/sub",
    "rbind, /bin/busybox umount /data/below",
  })
  void no_mount_of_a_container_travels_to_a_shared_host(String options, String script)
      throws Exception {
    var shared = Files.createDirectories(directory.resolve("shared"));
    sh("mount --bind " + shared + " " + shared + " && mount --make-shared " + shared);
    try {
      Files.createDirectory(shared.resolve("sub"));
      Files.createDirectory(shared.resolve("below"));
      sh("mount -t tmpfs below " + shared + "/below");
      var before = mounts();
      var bind = new Mount("/data", "bind", shared.toString(), List.of(options.split(":")));

      var ended = run(with(KERNELS, bind), script + "; echo $?");

      assertThat(ended.failure()).isEmpty();
      assertThat(mounts()).isEqualTo(before);
    } finally {
      sh("umount -R " + shared);
    }
  }

  /// The engine's own mounts on what it shows of the host: masks, and one file over another.
  @Test
  void no_mount_of_the_engine_travels_to_a_shared_host() throws Exception {
    var shared = Files.createDirectories(directory.resolve("shared"));
    sh("mount --bind " + shared + " " + shared + " && mount --make-shared " + shared);
    try {
      Files.createDirectories(shared.resolve("sys/firmware"));
      Files.writeString(shared.resolve("file"), "");
      sh("mount -t proc proc " + Files.createDirectory(shared.resolve("proc")));
      var before = mounts();
      var file = shared.resolve("file");

      var ended =
          run(
              List.of(
                  new Mount("/proc", "bind", shared + "/proc", List.of("rbind")),
                  DEV,
                  PTS,
                  new Mount("/sys", "bind", shared + "/sys", List.of("rbind")),
                  bind(file, "/tmp/twice"),
                  bind(file, "/tmp/twice")),
              "cat /proc/version");

      assertThat(ended.output()).isEmpty();
      assertThat(mounts()).isEqualTo(before);
    } finally {
      sh("umount -R " + shared);
    }
  }

  private static List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .map(line -> line.split(" ")[4])
        .toList();
  }

  private static void sh(String script) throws Exception {
    var process =
        new ProcessBuilder("sh", "-c", script)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.INHERIT)
            .start();
    assertThat(process.waitFor()).as(script).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"OUTSIDE", "/..OUTSIDE", "../../../../../../..OUTSIDE"})
  void a_mount_target_that_is_a_link_is_taken_inside_the_root(String link) throws Exception {
    Files.createSymbolicLink(
        rootfs.resolve("data"), Path.of(link.replace("OUTSIDE", outside.toString())));
    Files.createDirectories(rootfs.resolve(outside.toString().substring(1)));

    var ended = run(with(KERNELS, tmpfs("/data")), "echo x > " + outside + "/x; ls " + outside);

    assertThat(ended).isEqualTo(new Ended("x\n", ""));
    assertThat(outside).isEmptyDirectory();
    assertThat(rootfs.resolve(outside.toString().substring(1))).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({
    "proc, /",
    "proc, tmp",
    "proc, OUTSIDE",
    "sys, tmp",
    "sys, OUTSIDE",
    "dev, tmp",
    "dev, /..OUTSIDE"
  })
  void a_link_in_the_place_of_the_kernels_filesystems_is_refused(String place, String link)
      throws Exception {
    Files.delete(rootfs.resolve(place));
    Files.createSymbolicLink(
        rootfs.resolve(place), Path.of(link.replace("OUTSIDE", outside.toString())));

    var ended = run(KERNELS, "true");

    assertThat(ended.failure()).contains(" /" + place + ": ELOOP");
    assertThat(outside).isEmptyDirectory();
  }

  /// The user gives a directory as /dev that somebody else fills.
  @ParameterizedTest
  @ValueSource(strings = {"pts", "shm", "console"})
  void links_in_a_given_dev_lead_nowhere(String name) throws Exception {
    var dev = Files.createDirectory(directory.resolve("dev"));
    Files.createSymbolicLink(dev.resolve(name), Path.of("/.." + outside + "/made"));
    Files.createSymbolicLink(dev.resolve("zero"), Path.of("/.." + outside + "/zero"));

    run(List.of(PROC, bind(dev, "/dev"), PTS, tmpfs("/dev/shm")), "true");

    assertThat(outside).isEmptyDirectory();
  }

  /// CVE-2024-21626: no number leads to a directory of the host, neither the JVM's nor those that
  /// the engine uses meanwhile.
  @Test
  void a_working_directory_through_any_descriptor_is_refused() throws Exception {
    var shared = Files.createDirectory(directory.resolve("shared"));
    for (int number = 3; number < 260; number++) {
      var ended = run(with(KERNELS, bind(shared, "/data")), "/proc/self/fd/" + number, "pwd");

      assertThat(ended.output()).isEmpty();
      assertThat(ended.failure()).startsWith("working directory");
    }
  }

  /// CVE-2025-31133: what hides a file stays open itself.
  @ParameterizedTest
  @ValueSource(strings = {"file", "link to /proc/sysrq-trigger", "c 1 5", "c 5 3", "directory"})
  void only_the_null_device_hides_files(String what) throws Exception {
    var dev = Files.createDirectory(directory.resolve("dev"));
    var none = dev.resolve("null");
    switch (what) {
      case "file" -> Files.writeString(none, "open");
      case "directory" -> Files.createDirectory(none);
      case "c 1 5", "c 5 3" -> {
        var words = new ArrayList<>(List.of("mknod", none.toString()));
        words.addAll(List.of(what.split(" ")));
        assertThat(new ProcessBuilder(words).start().waitFor()).isZero();
      }
      default -> Files.createSymbolicLink(none, Path.of("/proc/sysrq-trigger"));
    }

    var ended = run(List.of(PROC, bind(dev, "/dev")), "true");

    assertThat(ended.failure()).isNotEmpty().contains("/dev/null");
  }

  @Test
  void the_null_device_of_a_given_dev_hides_files() throws Exception {
    var dev = Files.createDirectory(directory.resolve("dev"));

    var ended = run(List.of(PROC, bind(dev, "/dev")), "cat /proc/version | wc -c");

    assertThat(ended).isEqualTo(new Ended("0\n", ""));
  }

  /// Somebody who shares the root filesystem exchanges directories while containers start. The
  /// kernel's files are hidden wherever its filesystem has come to be, and nothing is made outside.
  ///
  /// 1,000 rounds; a round takes some milliseconds, in an emulation a hundred times as many.
  @ParameterizedTest
  @ValueSource(strings = {"proc", "dev", "data"})
  void places_that_are_exchanged_meanwhile_let_nothing_out(String place) throws Exception {
    int rounds = Boolean.getBoolean("jontainers.emulated") ? 50 : 1000;
    var shared = Files.createDirectory(directory.resolve("shared"));
    var other = rootfs.resolve("other");
    Files.createDirectories(rootfs.resolve("data"));
    Files.createDirectories(other.resolve("sys/kernel"));
    for (String name : List.of("version", "null", "sys/kernel/core_pattern")) {
      Files.writeString(other.resolve(name), "false");
    }
    Files.createSymbolicLink(rootfs.resolve("link"), Path.of("/.." + outside));
    int started = 0;
    var mounts = with(KERNELS, tmpfs("/data/made"), bind(shared, "/data/shared"));
    try (var exchange = new Exchange(rootfs, place)) {
      for (int round = 0; round < rounds; round++) {
        var ended = run(mounts, SEARCH);
        if (ended.failure().isEmpty()) {
          started++;
          assertThat(ended.output()).doesNotContain("Linux version", "writable");
        }
      }
      assertThat(exchange.count()).as("exchanges").isGreaterThan(rounds);
    }
    assertThat(outside).isEmptyDirectory();
    assertThat(shared).isEmptyDirectory();
    assertThat(started).as("rounds that started").isPositive();
  }

  /// Exchanges a directory of a root with another one and with a link, as fast as it can.
  private static final class Exchange implements AutoCloseable {
    private static final int PAUSE = 20_000;

    private final RandomGenerator random = new SplittableRandom(1);
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong count = new AtomicLong();
    private final Thread thread;
    private final Path junk;
    private long junks;

    Exchange(Path rootfs, String place) throws IOException {
      junk = Files.createDirectory(rootfs.resolveSibling("junk"));
      var aside = rootfs.resolve("aside");
      var mine = rootfs.resolve(place);
      var others = List.of(rootfs.resolve("other"), rootfs.resolve("link"));
      thread =
          Thread.ofPlatform()
              .start(() -> {
                while (!ended.get()) {
                  for (var other : others) {
                    rename(mine, aside);
                    rename(other, mine);
                    rename(mine, other);
                    rename(aside, mine);
                    count.incrementAndGet();
                    pause(random.nextInt(PAUSE));
                  }
                }
              });
    }

    long count() {
      return count.get();
    }

    /// Leave all in its place for a part of a round, so that some starts come to their end.
    private static void pause(int turns) {
      for (int turn = 0; turn < turns; turn++) {
        Thread.onSpinWait();
      }
    }

    /// A directory that the container has made in the meantime is put away.
    private void rename(Path from, Path to) {
      for (int tries = 0; tries < 100; tries++) {
        try {
          Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
          return;
        } catch (FileSystemException e) {
          if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
            rename(to, junk.resolve(Long.toString(junks++)));
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      throw new AssertionError(from + " cannot be renamed to " + to);
    }

    @Override
    public void close() {
      ended.set(true);
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted", e);
      }
    }
  }

  private static Mount tmpfs(String target) {
    return new Mount(target, "tmpfs", "tmpfs", List.of());
  }

  private static Mount bind(Path source, String target) {
    return new Mount(target, "bind", source.toString(), List.of("bind"));
  }

  private static List<Mount> with(List<Mount> mounts, Mount... more) {
    var all = new ArrayList<>(mounts);
    all.addAll(List.of(more));
    return all;
  }

  /// How a run went: what the program wrote, or why there was none.
  private record Ended(String output, String failure) {}

  private Ended run(List<Mount> mounts, String script) throws Exception {
    return run(mounts, "/", script);
  }

  private Ended run(List<Mount> mounts, String cwd, String script) throws Exception {
    return run(
        spec(
            mounts,
            cwd,
            script,
            List.of("mount", "pid", "network", "cgroup"),
            List.of(
                new Device("/dev/null", "c", 1, 3, null, null, null),
                new Device("/dev/zero", "c", 1, 5, null, null, null))));
  }

  /// Standard input is a pipe: some of these roots have no null device.
  private Ended run(Spec spec) throws Exception {
    try (var none = Pipe.open("input");
        var pipe = Pipe.open("output")) {
      var launch =
          new Launch(
              spec,
              List.of(),
              new Launch.Streams(none.readEnd(), pipe.writeEnd(), pipe.writeEnd()),
              Optional.empty(),
              false,
              Set.of());
      try (var container = PreparedContainer.of(launch, Host.probe()).start(new Zygotes())) {
        pipe.writeEnd().close();
        none.writeEnd().close();
        byte[] output = pipe.readEnd().inputStream().readAllBytes();
        container.waitFor();
        return new Ended(new String(output, StandardCharsets.UTF_8), "");
      } catch (StartException e) {
        return new Ended("", String.valueOf(e.getMessage()));
      }
    }
  }

  private Spec spec(
      List<Mount> mounts,
      String cwd,
      String script,
      List<String> namespaces,
      List<Device> devices) {
    return Spec.of(
        Process.draft(List.of("/bin/sh", "-c", script)).env(List.of("PATH=/bin")).cwd(cwd).build(),
        new Root(rootfs.toString(), false),
        null,
        mounts,
        Linux.draft(namespaces.stream().map(Namespace::of).toList())
            .devices(devices)
            .maskedPaths(devices.isEmpty() ? List.of() : List.of("/proc/version", "/sys/firmware"))
            .readonlyPaths(devices.isEmpty() ? List.of() : List.of("/proc/sys"))
            .build());
  }
}
