package jontainers.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jontainers.image.ImageException;
import jontainers.image.LayerStack;
import jontainers.image.OverlayOption;
import jontainers.image.OverlaySnapshots;
import jontainers.image.RootfsExport;
import jontainers.image.Snapshot;
import jontainers.linux.Directory;
import jontainers.linux.Pipe;
import jontainers.linux.Xattr;
import jontainers.linux.proxy.Zygotes;
import jontainers.oci.IdMapping;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Root;
import jontainers.oci.Spec;
import jontainers.runtime.Host;
import jontainers.runtime.Launch;
import jontainers.runtime.PreparedContainer;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Snapshots of the layers of an image, mounted as the runtime mounts them.
@KernelTest
@InVm
class ImageLayersTest {
  private static final long FIRST_ID = 100_000;

  @TempDir Path directory;
  private Path layers;
  private int made;

  @BeforeEach
  void makeDirectories() throws IOException {
    layers = Files.createDirectories(directory.resolve("layers"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 150, 200})
  void a_container_sees_all_layers_of_its_image(int count) throws Exception {
    var snapshot = snapshot(image(count));

    assertThat(run(snapshot, false, "cat /counted/*; cat top; echo new > /tmp/file"))
        .isEqualTo(
            IntStream.range(0, count).mapToObj(i -> i + "\n").sorted().reduce("", String::concat)
                + (count - 1)
                + "\n");

    var view = new ByteArrayOutputStream();
    try (var root = OverlaySnapshots.view(snapshot)) {
      RootfsExport.write(root, view);
    }
    assertThat(view.toString(UTF_8)).contains("./counted/0\0", "./tmp/file\0");
    if (count > 1) {
      assertThat(view.toString(UTF_8)).contains("./counted/" + (count - 1) + "\0");
    }
  }

  @Test
  void whiteouts_and_opaque_directories_hide_what_is_below() throws Exception {
    var image = image(40);
    write(image.get(1), "gone/by/whiteout", "1");
    write(image.get(1), "opaque/below", "1");
    write(image.get(1), "again/old", "1");
    whiteout(image.get(20), "gone");
    write(image.get(21), "opaque/above", "21");
    opaque(image.get(21).resolve("opaque"));
    whiteout(image.get(21), "again");
    write(image.get(30), "again/new", "30");
    var snapshot = snapshot(image);

    String seen = run(snapshot, false, "for f in /gone /opaque/* /again/*; do echo $f; done");

    assertThat(seen).isEqualTo("/gone\n/opaque/above\n/again/new\n"); // the first is not expanded
    assertThat(run(snapshot, false, "test -e /gone || echo none")).isEqualTo("none\n");
    var stack = LayerStack.of(snapshot.mount().lower());
    assertThat(stack.resolve("/gone")).isEmpty();
    assertThat(stack.resolve("/opaque/below")).isEmpty();
    assertThat(stack.resolve("/again/old")).isEmpty();
    assertThat(stack.resolve("/again/new")).isPresent();
  }

  @Test
  void an_opaque_root_hides_all_layers_below() throws Exception {
    var image = image(2);
    write(image.getLast(), "below", "1");
    var above = image(1); // with a shell of its own
    opaque(above.getFirst());
    var all = new ArrayList<>(image);
    all.addAll(above);

    assertThat(run(snapshot(all), false, "test -e /below || echo none")).isEqualTo("none\n");
  }

  @Test
  void the_root_is_that_of_the_uppermost_layer() throws Exception {
    var image = image(20);
    Files.setAttribute(image.getLast(), "unix:mode", 01755);
    Files.setAttribute(image.getLast(), "unix:uid", 12);

    assertThat(run(snapshot(image), false, "stat -c '%a %u' /")).isEqualTo("1755 12\n");
  }

  @Test
  void places_for_mounts_are_made_in_what_the_layers_show_together() throws Exception {
    var image = image(30);
    write(image.get(1), "etc/hosts", "from the image\n");
    write(image.get(2), "etc/hostname", "hidden");
    whiteout(image.get(3), "etc/hostname");
    Files.createDirectories(image.get(4).resolve("etc"));
    Files.setAttribute(image.get(4).resolve("etc"), "unix:mode", 0711);
    write(image.get(5), "real/x", "");
    Files.createSymbolicLink(image.get(6).resolve("link"), Path.of("real"));
    var snapshot = snapshot(image);

    OverlaySnapshots.place(
        snapshot,
        Stream.of("etc/hosts", "etc/hostname", "link/y", "none/z").map(Path::of).toList());

    assertThat(snapshot.mount().upper().resolve("etc/hosts")).doesNotExist();
    assertThat(
            run(
                snapshot,
                false,
                "cat /etc/hosts /etc/hostname; stat -c %a /etc; ls /real | wc -l; test -e /none || echo none"))
        .isEqualTo("from the image\n711\n1\nnone\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 150})
  void owners_are_those_of_the_user_namespace(int count) throws Exception {
    var image = image(count);
    Files.setAttribute(image.getLast().resolve("top"), "unix:uid", 7);
    var snapshot = snapshot(image);
    var outside = Files.getAttribute(snapshot.mount().upper(), "unix:uid");

    assertThat(
            run(
                snapshot,
                true,
                "stat -c %u / /counted/0 /top; echo x > /counted/0; echo x > /new; stat -c %u /new"))
        .isEqualTo("0\n0\n7\n0\n");
    assertThat(outside).isEqualTo(0);
    assertThat(Files.getAttribute(snapshot.mount().upper().resolve("new"), "unix:uid"))
        .isEqualTo(0);
    assertThat(image.getFirst().resolve("counted/0")).hasContent("0");
  }

  @Test
  void an_image_without_layers_is_an_empty_root() throws Exception {
    var snapshot = snapshot(List.of());

    try (var root = OverlaySnapshots.view(snapshot);
        var view = Directory.reopen(root)) {
      assertThat(view.entries()).isEmpty();
      assertThat(jontainers.linux.FileStatus.of(root).mode()).isEqualTo(0755);
    }
    assertThat(snapshot.mappedMounts()).hasSize(2);
  }

  @Test
  void a_snapshot_of_layers_is_found_again() throws Exception {
    var snapshot = snapshot(image(20));
    assertThat(run(snapshot, false, "echo kept > /tmp/file")).isEmpty();

    var again =
        OverlaySnapshots.reopen(
            snapshot.directory(),
            snapshot.mount().lower(),
            Optional.of(layers),
            Set.of(OverlayOption.VOLATILE));

    assertThat(again).isEqualTo(snapshot);
    assertThat(run(again, true, "cat /tmp/file")).isEqualTo("kept\n");
  }

  @Test
  void more_layers_than_the_kernel_shows_are_refused_by_their_number() {
    var many = Collections.nCopies(201, layers.resolve("none"));

    assertThatThrownBy(() -> snapshot(many))
        .isInstanceOfSatisfying(ImageException.class, e -> assertThat(e.hint()).contains("squash"))
        .hasMessage("the image has 201 layers, of which the kernel shows at most 200 together");
    assertThat(directory.resolve("containers")).doesNotExist();
  }

  /// Layers of which each says what number it has; the lowest has a shell. The lowest comes first.
  private List<Path> image(int count) throws IOException {
    var image = new ArrayList<Path>();
    for (int i = 0; i < count; i++) {
      var fs = layers.resolve("sha256").resolve("%064x".formatted(made++)).resolve("fs");
      write(fs, "counted/" + i, i + "\n");
      write(fs, "top", i + "\n");
      image.add(fs);
    }
    var lowest = image.getFirst();
    for (String name : List.of("bin", "tmp", "proc", "dev")) {
      Files.createDirectories(lowest.resolve(name));
    }
    Files.copy(Path.of("/bin/busybox"), lowest.resolve("bin/busybox"));
    for (String applet : List.of("sh", "cat", "stat", "ls", "wc", "test")) {
      Files.createSymbolicLink(lowest.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    return image;
  }

  private Snapshot snapshot(List<Path> image) throws ImageException {
    var place = directory.resolve("containers").resolve("c".repeat(64)).resolve("root");
    return OverlaySnapshots.layers(place, image.reversed(), layers, Set.of(OverlayOption.VOLATILE));
  }

  private static String run(Snapshot snapshot, boolean mapped, String script) throws Exception {
    var reopened =
        OverlaySnapshots.reopen(
            snapshot.directory(),
            snapshot.mount().lower(),
            snapshot.layersRoot(),
            snapshot.mount().options());
    try (var none = Pipe.open("input");
        var pipe = Pipe.open("output")) {
      var launch =
          new Launch(
              spec(reopened, mapped, script),
              mapped ? reopened.mappedMounts() : reopened.mounts(),
              new Launch.Streams(none.readEnd(), pipe.writeEnd(), pipe.writeEnd()),
              Optional.empty(),
              false,
              Set.of());
      try (var container = PreparedContainer.of(launch, Host.probe()).start(new Zygotes())) {
        pipe.writeEnd().close();
        byte[] output = pipe.readEnd().inputStream().readAllBytes();
        var status = container.waitFor();
        assertThat(status.shellCode()).as(new String(output, UTF_8)).isZero();
        return new String(output, UTF_8);
      }
    }
  }

  private static Spec spec(Snapshot snapshot, boolean mapped, String script) {
    var namespaces = new ArrayList<>(List.of(Namespace.of("mount"), Namespace.of("pid")));
    if (mapped) {
      namespaces.add(Namespace.of("user"));
    }
    var linux = Linux.draft(namespaces);
    if (mapped) {
      var ids = List.of(new IdMapping(0, FIRST_ID, 65536));
      linux.idMappings(ids, ids);
    }
    return Spec.of(
        Process.draft(List.of("/bin/sh", "-c", script)).env(List.of("PATH=/bin")).cwd("/").build(),
        new Root(snapshot.merged().toString(), false),
        null,
        List.of(new Mount("/proc", "proc", "proc", List.of())),
        linux.build());
  }

  private static void write(Path layer, String path, String text) throws IOException {
    var file = layer.resolve(path);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
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
      new Xattr("trusted.overlay.opaque".getBytes(UTF_8), new byte[] {'y'}).set(opened.fd());
    }
  }
}
