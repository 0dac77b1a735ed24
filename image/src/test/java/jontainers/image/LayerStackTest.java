package jontainers.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.linux.Directory;
import jontainers.linux.Xattr;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerStackTest {
  @TempDir Path directory;
  private Path top;
  private Path middle;
  private Path bottom;
  private LayerStack stack;

  @BeforeEach
  void makeThreeLayers() throws IOException {
    top = Files.createDirectory(directory.resolve("top"));
    middle = Files.createDirectory(directory.resolve("middle"));
    bottom = Files.createDirectory(directory.resolve("bottom"));
    stack = LayerStack.of(List.of(top, middle, bottom));
  }

  @Test
  void a_name_counts_where_it_is_found_first() throws Exception {
    write(bottom, "etc/passwd", "old");
    write(bottom, "etc/group", "group");
    write(middle, "etc/passwd", "new");
    write(top, "etc/hosts", "");

    assertThat(stack.find(Path.of("etc/passwd"))).contains(middle.resolve("etc/passwd"));
    assertThat(stack.find(Path.of("etc/group"))).contains(bottom.resolve("etc/group"));
    assertThat(stack.find(Path.of("etc"))).contains(top.resolve("etc"));
    assertThat(stack.find(Path.of(""))).contains(top);
    assertThat(stack.find(Path.of("etc/none"))).isEmpty();
    assertThat(stack.find(Path.of("etc/passwd/below"))).isEmpty();
    assertThat(text("/etc/passwd")).isEqualTo("new");
  }

  @Test
  void a_whiteout_hides_what_is_below_and_not_what_is_above() throws Exception {
    write(bottom, "etc/passwd", "old");
    write(bottom, "usr/lib/x", "x");
    whiteout(middle, "etc/passwd");
    whiteout(middle, "usr");
    write(top, "usr/bin/y", "y");

    assertThat(stack.find(Path.of("etc/passwd"))).isEmpty();
    assertThat(stack.find(Path.of("usr/lib/x"))).isEmpty();
    assertThat(stack.find(Path.of("usr/bin/y"))).contains(top.resolve("usr/bin/y"));
  }

  @Test
  void an_opaque_directory_hides_what_is_in_those_below() throws Exception {
    write(bottom, "etc/passwd", "old");
    write(middle, "etc/group", "group");
    opaque(middle.resolve("etc"));
    write(top, "etc/hosts", "");

    assertThat(stack.find(Path.of("etc/passwd"))).isEmpty();
    assertThat(stack.find(Path.of("etc/group"))).contains(middle.resolve("etc/group"));
    assertThat(LayerStack.visible(List.of(top, middle, bottom))).hasSize(3);
  }

  @Test
  void a_file_in_place_of_a_directory_hides_it_and_the_other_way_round() throws Exception {
    write(bottom, "a/x", "x");
    write(middle, "a", "file");
    write(top, "a/y", "y");
    write(bottom, "b", "file");
    write(middle, "b/x", "x");

    assertThat(stack.find(Path.of("a/x"))).isEmpty();
    assertThat(stack.find(Path.of("a/y"))).contains(top.resolve("a/y"));
    assertThat(stack.find(Path.of("b/x"))).contains(middle.resolve("b/x"));
  }

  @Test
  void an_opaque_root_is_the_last_layer_that_is_seen() throws Exception {
    opaque(middle);

    assertThat(LayerStack.visible(List.of(top, middle, bottom))).containsExactly(top, middle);
  }

  @Test
  void links_are_followed_through_the_layers() throws Exception {
    link(top, "etc/resolv.conf", "../run/resolve/stub.conf");
    link(middle, "run", "/var/run");
    write(bottom, "var/run/resolve/stub.conf", "nameserver");

    assertThat(text("/etc/resolv.conf")).isEqualTo("nameserver");
    assertThat(stack.followed("/etc/resolv.conf")).isEqualTo("/var/run/resolve/stub.conf");
    assertThat(stack.find(Path.of("etc/resolv.conf"))).contains(top.resolve("etc/resolv.conf"));
    assertThat(stack.find(Path.of("run/resolve"))).isEmpty();
  }

  @Test
  void what_links_lead_to_need_not_exist() throws Exception {
    link(top, "etc/resolv.conf", "../run/a/../b/stub.conf");
    write(bottom, "file", "");

    assertThat(stack.followed("/etc/resolv.conf")).isEqualTo("/run/b/stub.conf");
    assertThat(stack.followed("/none/hosts")).isEqualTo("/none/hosts");
    assertThat(stack.followed("/file/below")).isEqualTo("/file/below");
    assertThat(stack.followed("/..//etc/./hosts")).isEqualTo("/etc/hosts");
    assertThat(stack.resolve("/etc/resolv.conf")).isEmpty();
    assertThat(stack.read("/none", 10)).isEmpty();
  }

  @Test
  void no_link_leads_out_of_the_layers() throws Exception {
    write(directory, "secret/passwd", "host");
    link(top, "one", "../secret/passwd");
    link(top, "two", directory.resolve("secret/passwd").toString());
    link(top, "three", "../../../../../.." + directory.resolve("secret"));
    link(middle, "four", "three");
    Files.createDirectory(bottom.resolve("proc"));
    link(bottom, "proc/self", "/proc/self/root" + directory.resolve("secret"));

    for (String path :
        List.of("/one", "/two", "/three/passwd", "/four/passwd", "/../secret/passwd")) {
      assertThat(stack.resolve(path)).as(path).isEmpty();
      assertThat(stack.read(path, 10)).as(path).isEmpty();
    }
    assertThat(stack.followed("/one")).isEqualTo("/secret/passwd");
    assertThat(stack.read("/proc/self/passwd", 10)).isEmpty();
  }

  @Test
  void links_that_go_round_lead_nowhere() throws Exception {
    link(top, "a", "b");
    link(middle, "b", "/a");
    for (int i = 0; i < 40; i++) {
      link(bottom, "l" + i, "l" + (i + 1));
    }
    write(bottom, "l40", "end");

    assertThat(stack.resolve("/a")).isEmpty();
    assertThat(stack.followed("/a/x")).isEqualTo("/a/x");
    assertThat(text("/l0")).as("forty links").isEqualTo("end");
    link(bottom, "more", "l0");
    assertThat(stack.read("/more", 10)).as("forty-one links").isEmpty();
  }

  @Test
  void only_regular_files_are_read_and_of_them_no_more_than_asked() throws Exception {
    write(top, "long", "0123456789");
    Files.createDirectory(top.resolve("directory"));
    jontainers.testkit.Command.run("mkfifo", top.resolve("fifo").toString());

    assertThat(new String(stack.read("/long", 4).orElseThrow(), UTF_8)).isEqualTo("0123");
    assertThat(stack.read("/directory", 4)).isEmpty();
    assertThat(stack.read("/fifo", 4)).isEmpty();
    assertThat(stack.resolve("/" + "x".repeat(300))).isEmpty();
    assertThat(stack.resolve("/directory/")).contains(top.resolve("directory"));
  }

  private String text(String path) throws IOException {
    return new String(stack.read(path, 100).orElseThrow(), UTF_8);
  }

  private static void write(Path layer, String path, String text) throws IOException {
    Files.createDirectories(layer.resolve(path).resolveSibling("."));
    Files.writeString(layer.resolve(path), text);
  }

  private static void link(Path layer, String path, String target) throws IOException {
    Files.createDirectories(layer.resolve(path).resolveSibling("."));
    Files.createSymbolicLink(layer.resolve(path), Path.of(target));
  }

  private static void whiteout(Path layer, String path) throws IOException {
    var place = layer.resolve(path);
    Files.createDirectories(place.resolveSibling("."));
    try (var parent = Directory.open(place.resolveSibling("."))) {
      parent.whiteout(String.valueOf(place.getFileName()).getBytes(UTF_8));
    }
  }

  private static void opaque(Path directory) throws IOException {
    try (var opened = Directory.open(directory)) {
      new Xattr("user.overlay.opaque".getBytes(UTF_8), new byte[] {'y'}).set(opened.fd());
    }
  }
}
