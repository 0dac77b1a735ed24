package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The exercises of docs/how-a-container-is-made.md: each wall keeps something out, and when it is
/// left out that comes in.
@KernelTest
class WallsTest {
  private static final Path PAGE = Path.of("../docs/how-a-container-is-made.md");

  @RegisterExtension final Machine machine = new Machine();

  /// A wall, what a program tries, and what it says with the wall.
  enum Wall {
    PID_NAMESPACE("test -d /proc/HOST && echo seen || echo not seen", "not seen"),
    IPC_NAMESPACE("readlink /proc/self/ns/ipc | grep -q IPC && echo same || echo own", "own"),
    TIME_NAMESPACE("readlink /proc/self/ns/time | grep -q TIME && echo same || echo own", "own"),
    JOIN_NAMESPACE("readlink /proc/self/ns/net | grep -q NET && echo same || echo own", "own"),
    JOIN_CGROUPS("mknod /tmp/x c 10 237; : < /tmp/x && echo opened", ""),
    NEW_CGROUP_NAMESPACE("grep -q /jontainers/ /proc/self/cgroup && echo told || echo not", "not"),
    READONLY_MOUNT("touch /sys/fs/cgroup/x && echo written", ""),
    MASK_PATH("test -s /proc/interrupts || cat /proc/interrupts | grep -q . && echo told", ""),
    READONLY_PATH("cd /proc/sys/kernel; cat printk > printk && echo written", ""),
    SET_RLIMIT("ulimit -n", "1024"),
    LIMIT_BOUNDING_SET("grep CapBnd /proc/self/status", "CapBnd:\t00000000a80425fb"),
    LOAD_SECCOMP("unshare -U echo entered", ""),
    SET_CAPABILITIES("grep CapInh /proc/self/status", "CapInh:\t0000000000000000");

    private final String script;
    private final String with;

    Wall(String script, String with) {
      this.script = script;
      this.with = with;
    }

    String word() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
  }

  @ParameterizedTest
  @EnumSource(Wall.class)
  void what_a_wall_keeps_out_comes_in_without_it(Wall wall) throws IOException {
    String with = attempt(wall);
    String without = attempt(wall, "--insecure-lesson", "--without", wall.word());

    assertThat(with).isEqualTo(wall.with);
    assertThat(without).isNotEmpty().isNotEqualTo(wall.with);
  }

  @Test
  void a_wall_stands_when_the_one_before_it_is_missing() throws IOException {
    String[] mount = {"sh", "-c", "mount -t tmpfs x /tmp && echo mounted"};

    assertThat(lesson(List.of("load-seccomp"), mount).out()).isEmpty();
    assertThat(lesson(List.of("limit-bounding-set"), mount).out()).isEmpty();
    assertThat(lesson(List.of("load-seccomp", "limit-bounding-set"), mount).out())
        .isEqualTo("mounted\n");
  }

  private Machine.Outcome lesson(List<String> walls, String... command) throws IOException {
    var words = new ArrayList<>(List.of("--insecure-lesson"));
    walls.forEach(wall -> words.addAll(List.of("--without", wall)));
    words.addAll(List.of(command));
    return machine.run(words.toArray(String[]::new));
  }

  @Test
  void each_wall_has_an_exercise_in_the_page() throws IOException {
    var refused = machine.run("--insecure-lesson", "--without", "execute", "true").errors();
    var names = refused.substring(refused.indexOf("left out are ") + 13).strip().split(", ");

    assertThat(names)
        .containsExactlyInAnyOrder(Stream.of(Wall.values()).map(Wall::word).toArray(String[]::new));
    assertThat(Files.readString(PAGE))
        .contains(Stream.of(names).map(name -> "| `" + name + "` |").toList());
  }

  /// The caller passes a capability on, which is what `set-capabilities` takes away.
  private String attempt(Wall wall, String... options) throws IOException {
    String script =
        wall.script
            .replace("HOST", Long.toString(ProcessHandle.current().pid()))
            .replace("IPC", inode("ipc"))
            .replace("TIME", inode("time"))
            .replace("NET", inode("net"));
    var words = new ArrayList<>(List.of(options));
    words.addAll(List.of("sh", "-c", script));
    var command = new ArrayList<>(List.of("setpriv", "--inh-caps", "+chown"));
    command.addAll(machine.command(Machine.runWords(words.toArray(String[]::new))));
    return machine.program(command.toArray(String[]::new)).out().strip();
  }

  private static String inode(String namespace) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/ns", namespace))
        .toString()
        .replaceAll("\\D", "");
  }
}
