package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import jontainers.image.Trees;
import jontainers.linux.DataRanges;
import jontainers.linux.Xattr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=gnu --sparse",
        "--format=oldgnu --sparse",
        "--format=posix",
        "--format=posix --sparse --sparse-version=0.0",
        "--format=posix --sparse --sparse-version=0.1",
        "--format=posix --sparse --sparse-version=1.0",
      })
  void what_gnu_tar_writes_reads_as_python_reads_it(String options) throws Exception {
    var trees = new Trees(directory);
    var tree = directory.resolve("tree");
    trees.build(tree);
    // The first has 10 GiB, which not every format can leave out; of the others Python 3.11 takes
    // the wrong name in format 0.1.
    trees.run("sh", "-c", "rm " + tree + "/sparse " + tree + "/sparse-sss*");
    var file = directory.resolve("a.tar");
    var command = new ArrayList<>(List.of("tar", "-C", tree.toString(), "-cf", file.toString()));
    command.addAll(List.of(options.split(" ")));
    command.add(".");

    trees.run(command.toArray(String[]::new));

    assertThat(TarLines.of(file)).isEqualTo(trees.archive(file)).hasSizeGreaterThan(20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pax", "gnutar"})
  void what_bsdtar_writes_reads_as_python_reads_it(String format) throws Exception {
    var trees = new Trees(directory);
    var tree = directory.resolve("tree");
    trees.build(tree);
    trees.run("rm", tree + "/sparse");
    var file = directory.resolve("a.tar");

    trees.run("bsdtar", "-C", tree.toString(), "--format=" + format, "-cf", file.toString(), ".");

    assertThat(TarLines.of(file)).isEqualTo(trees.archive(file)).hasSizeGreaterThan(20);
  }

  @Test
  void what_we_write_reads_as_python_reads_it() throws Exception {
    var trees = new Trees(directory);
    var tree = directory.resolve("tree");
    trees.build(tree);
    var file = directory.resolve("a.tar");

    Trees.export(tree, file);

    assertThat(TarLines.of(file)).isEqualTo(trees.archive(file)).hasSizeGreaterThan(20);
  }

  @Test
  void every_part_of_an_entry_survives_writing_and_reading() throws Exception {
    var attributes = new TarAttributes(06755, 3_000_000, 4_294_967_294L, -2, 999_999_999, 0, 0);
    var xattrs =
        List.of(
            new Xattr(bytes("user.a=b%25"), new byte[] {0, -1, '\n'}),
            new Xattr(bytes("user.empty"), new byte[0]),
            new Xattr(new byte[] {'u', 's', 'e', 'r', '.', (byte) 0xff}, bytes("name")));
    byte[] name = bytes("\u00ff".repeat(300) + "/x");
    var out = new ByteArrayOutputStream();
    try (var sink = Sink.to(out)) {
      var writer = new PaxWriter(sink);
      writer.file(
          new TarEntry(TarType.FILE, name, bytes(""), 5, attributes, xattrs, null),
          new ByteArrayInputStream(bytes("hello")));
      writer.finish();
    }

    var reader = new TarReader(new ByteArrayInputStream(out.toByteArray()));
    var entry = reader.next().orElseThrow();

    assertThat(entry.name()).isEqualTo(name);
    assertThat(entry.attributes()).isEqualTo(attributes);
    assertThat(entry.xattrs()).hasSameSizeAs(xattrs);
    for (int i = 0; i < xattrs.size(); i++) {
      assertThat(entry.xattrs().get(i).name()).isEqualTo(xattrs.get(i).name());
      assertThat(entry.xattrs().get(i).value()).isEqualTo(xattrs.get(i).value());
    }
    byte[] content = new byte[10];
    assertThat(reader.read(content, 0, 10)).isEqualTo(5);
    assertThat(reader.read(content, 0, 10)).isEqualTo(-1);
    assertThat(reader.next()).isEmpty();
    assertThat(reader.next()).isEmpty();
    assertThat(reader.position()).isEqualTo(out.size());
  }

  @Test
  void attributes_in_libarchives_own_records_are_read() throws Exception {
    byte[] tar =
        new Tar().extended("LIBARCHIVE.xattr.user.a%20b", "AAH/").entry('0', "f", "", 0).bytes();

    var xattr = only(tar).xattrs().getFirst();

    assertThat(xattr.name()).isEqualTo(bytes("user.a b"));
    assertThat(xattr.value()).isEqualTo(new byte[] {0, 1, -1});
  }

  @Test
  void a_global_header_gives_all_entries_their_owner_and_time() throws Exception {
    byte[] tar =
        new Tar()
            .header('g', "uid", "7")
            .header('g', "mtime", "1.5", "comment", "abc")
            .entry('0', "f", "", 0)
            .bytes();

    assertThat(only(tar).attributes().uid()).isEqualTo(7);
    assertThat(only(tar).attributes().mtimeNanos()).isEqualTo(500_000_000);
    assertThatThrownBy(
            () -> only(new Tar().header('g', "path", "x").entry('0', "f", "", 0).bytes()))
        .hasMessage("the header at byte 0: a global header says path of all entries");
  }

  @Test
  void old_directories_and_unknown_ends_are_understood() throws Exception {
    assertThat(only(new Tar().entry('\0', "old/", "", 0).bytes()).type())
        .isEqualTo(TarType.DIRECTORY);
    assertThat(only(new Tar().entry('7', "contiguous", "", 0).bytes()).type())
        .isEqualTo(TarType.FILE);
    assertThat(new TarReader(new ByteArrayInputStream(new byte[0])).next()).isEmpty();
    assertThat(new TarReader(new ByteArrayInputStream(new byte[512])).next()).isEmpty();
    assertThat(new TarReader(new ByteArrayInputStream(new byte[10240])).next()).isEmpty();
  }

  @Test
  void a_link_has_no_content_whatever_its_size_says() throws Exception {
    byte[] tar = new Tar().entry('1', "l", "f", 1000).entry('0', "g", "", 0).bytes();
    var reader = new TarReader(new ByteArrayInputStream(tar));

    assertThat(reader.next().orElseThrow().size()).isZero();
    assertThat(reader.next().orElseThrow().name()).isEqualTo(bytes("g"));
  }

  @Test
  void numbers_of_base_256_are_read() throws Exception {
    var tar = new Tar().entry('2', "l", "f", 0);
    byte[] bytes = tar.bytes();
    bytes[136] = (byte) 0xff; // -2, as GNU tar writes times before 1970
    for (int i = 137; i < 147; i++) {
      bytes[i] = (byte) 0xff;
    }
    bytes[147] = (byte) 0xfe;
    Tar.checksum(bytes, 0);

    assertThat(only(bytes).attributes().mtimeSeconds()).isEqualTo(-2);
    bytes[137] = 0;
    Tar.checksum(bytes, 0);
    assertThatThrownBy(() -> only(bytes)).hasMessage("l: a number is too large");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GNU.sparse.map=0,5,3,5|GNU.sparse.size=100|a sparse map is not in order",
        "GNU.sparse.map=0,1,50,9|GNU.sparse.size=20|a sparse map is longer than its file",
        "GNU.sparse.map=0,5|GNU.sparse.size=20|a sparse map does not fit its data",
        "GNU.sparse.map=0,|GNU.sparse.size=20|a number has no digits or too many",
        "GNU.sparse.map=1|GNU.sparse.size=20|a sparse map has an offset without a length",
        "GNU.sparse.numbytes=1|GNU.sparse.size=1|a sparse map has a length without an offset",
        "GNU.sparse.map=0,10|a=b|a sparse file has no size",
        "GNU.sparse.major=2|GNU.sparse.minor=0|the sparse format is newer than 1.0",
        "GNU.sparse.major=1|GNU.sparse.minor=0|a sparse map is cut off",
        "path=a\0b|a=b|the record path has a NUL byte",
        "size=-1|a=b|a number is not decimal",
        "uid=4294967295|a=b|its owner 4294967295:0 is not a valid one",
        "mtime=1.x|a=b|a time is not decimal",
        "mtime=.|a=b|a number has no digits or too many",
        "SCHILY.xattr.=x|a=b|an extended attribute has a name that is not valid",
        "LIBARCHIVE.xattr.a=*|a=b|an extended attribute is not base64",
      })
  void records_that_make_no_sense_are_refused(String text) {
    String[] parts = text.split("\\|");
    String[] one = parts[0].split("=", 2);
    String[] two = parts[1].split("=", 2);
    byte[] tar = new Tar().extended(one[0], one[1], two[0], two[1]).entry('0', "f", "", 10).bytes();

    assertThatThrownBy(() -> only(tar))
        .isInstanceOf(TarFormatException.class)
        .hasMessageEndingWith(": " + parts[2]);
  }

  @Test
  void damaged_archives_are_refused() {
    byte[] good = new Tar().entry('0', "f", "", 10).bytes();
    byte[] changed = good.clone();
    changed[0] ^= 1;
    assertThatThrownBy(() -> only(changed))
        .hasMessage("the header at byte 0: the checksum is wrong");
    assertThatThrownBy(() -> only(Arrays.copyOf(good, 100)))
        .hasMessage("the header at byte 0: it is cut off");
    assertThatThrownBy(() -> only(Arrays.copyOf(good, 600)))
        .hasMessage("the archive ends in the middle of a file");
    assertThatThrownBy(() -> only(new Tar().entry('V', "volume", "", 0).bytes()))
        .hasMessage("volume: its type 'V' is not known");
    assertThatThrownBy(() -> only(new Tar().extended("path", "x").bytes()))
        .hasMessage("the header at byte 0: it ends behind a header");
    assertThatThrownBy(() -> only(new Tar().entry('0', "", "", 0).bytes()))
        .hasMessageEndingWith("an entry has no name");
  }

  @Test
  void a_block_of_zeros_between_entries_is_refused_since_others_would_stop_there() {
    var tar = new Tar().zeros(512).entry('0', "hidden", "", 0);

    assertThatThrownBy(() -> only(tar.bytes()))
        .hasMessage("the header at byte 0: a block of zeros stands between entries");
  }

  @Test
  void what_would_take_much_memory_is_refused() {
    byte[] extended = new Tar().entry('x', "x", "", TarReader.MAX_EXTENDED + 1L).bytes();
    byte[] longName = new Tar().entry('L', "x", "", 1 << 20).bytes();
    byte[] path = new Tar().extended("path", "x".repeat(5000)).entry('0', "f", "", 0).bytes();
    byte[] xattr =
        new Tar().extended("SCHILY.xattr.user.x", "x".repeat(70000)).entry('0', "f", "", 0).bytes();

    assertThatThrownBy(() -> only(extended)).hasMessageEndingWith("has more than 1048576 bytes");
    assertThatThrownBy(() -> only(longName)).hasMessageEndingWith("has more than 4097 bytes");
    assertThatThrownBy(() -> only(path)).hasMessageEndingWith("path has more than 4096 bytes");
    assertThatThrownBy(() -> only(xattr))
        .hasMessageEndingWith("attribute user.x has more than 64 KiB");
  }

  @Test
  void a_name_in_a_message_has_no_control_characters() {
    byte[] tar = new Tar().entry('V', "\u001b[31m" + "x".repeat(90), "", 0).bytes();

    assertThatThrownBy(() -> only(tar)).hasMessageStartingWith("?[31mx");
  }

  @Test
  void a_sparse_map_survives_writing_and_reading() throws Exception {
    var tree = Files.createDirectory(directory.resolve("tree"));
    var file = tree.resolve("sparse");
    try (var channel =
        Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.position(1 << 20);
      channel.write(ByteBuffer.wrap(new byte[] {1}));
    }
    var archive = directory.resolve("a.tar");

    Trees.export(tree, archive);

    try (var in = Files.newInputStream(archive)) {
      var reader = new TarReader(in);
      var root = reader.next().orElseThrow();
      var entry = reader.next().orElseThrow();
      DataRanges data = Objects.requireNonNull(entry.data());
      assertThat(root.type()).isEqualTo(TarType.DIRECTORY);
      assertThat(entry.size()).isEqualTo((1 << 20) + 1);
      assertThat(data.offset(0)).isPositive();
    }
  }

  private static TarEntry only(byte[] tar) throws IOException {
    var reader = new TarReader(new ByteArrayInputStream(tar));
    var entry = reader.next().orElseThrow();
    while (reader.next().isPresent()) {
      // until its end
    }
    return entry;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
