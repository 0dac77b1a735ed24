package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.List;
import jontainers.linux.FileStatus;
import jontainers.linux.FileType;
import jontainers.linux.Xattr;
import org.junit.jupiter.api.Test;

class PaxWriterTest {
  private static final FileStatus PLAIN = status(0, 0, 0, 0, 0);

  @Test
  void what_fits_needs_no_extended_header() throws Exception {
    assertThat(written("./a", "", 0, PLAIN)).hasSize(512).contains("ustar\00000");
  }

  @Test
  void what_does_not_fit_has_its_record() throws Exception {
    assertThat(written("./a", "", 1L << 33, PLAIN)).contains("19 size=8589934592\n");
    assertThat(written("./a", "", 0, status(3_000_000, 1L << 32, 0, 0, 0)))
        .contains("15 uid=3000000\n", "18 gid=4294967296\n");
    assertThat(written("./a", "", 0, status(0, 0, 1, 5, 0))).contains("mtime=1.000000005\n");
    assertThat(written("./a", "", 0, status(0, 0, -1, 500_000_000, 0)))
        .contains("mtime=-0.500000000\n");
    assertThat(written("./a", "", 0, status(0, 0, -2, 0, 0))).contains("mtime=-2\n");
  }

  @Test
  void a_long_name_is_split_at_a_slash_or_has_a_record() throws Exception {
    String split = "./" + "d".repeat(90) + "/" + "f".repeat(90);
    String tooLong = "./" + "f".repeat(200);

    assertThat(written(split, "", 0, PLAIN)).hasSize(512);
    assertThat(written(tooLong, "", 0, PLAIN)).contains("path=" + tooLong + "\n");
    assertThat(written("./l", "x".repeat(101), 0, PLAIN))
        .contains("linkpath=" + "x".repeat(101) + "\n");
    assertThat(written("./" + "\u00ff".repeat(200), "", 0, PLAIN))
        .as("names that are no UTF-8 cannot be in a record")
        .startsWith("././@LongLink");
  }

  @Test
  void the_length_of_a_record_counts_itself() {
    var records = new PaxRecords();
    for (int length = 80; length < 110; length++) {
      records.add("k", "v".repeat(length));
    }
    String text = new String(records.toByteArray(), ISO_8859_1);
    for (int at = 0; at < text.length(); ) {
      int length = Integer.parseInt(text.substring(at, text.indexOf(' ', at)));
      assertThat(text.charAt(at + length - 1)).isEqualTo('\n');
      at += length;
    }
  }

  @Test
  void attributes_are_written_byte_for_byte() throws Exception {
    var xattr = new Xattr("user.a=b%".getBytes(ISO_8859_1), new byte[] {0, (byte) 0xff, '\n'});
    var out = new ByteArrayOutputStream();
    try (var sink = new StreamSink(out)) {
      var entry = TarEntry.of(TarType.FILE, bytes("./a"), bytes(""), 0, PLAIN, List.of(xattr));
      new PaxWriter(sink).entry(entry);
      sink.flush();
    }

    assertThat(out.toString(ISO_8859_1)).contains("SCHILY.xattr.user.a%3Db%25=\0\u00ff\n\n");
  }

  private static String written(String name, String link, long size, FileStatus status)
      throws Exception {
    var out = new ByteArrayOutputStream();
    try (var sink = new StreamSink(out)) {
      var entry = TarEntry.of(TarType.FILE, bytes(name), bytes(link), size, status, List.of());
      new PaxWriter(sink).entry(entry);
      sink.flush();
    }
    return out.toString(ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static FileStatus status(long uid, long gid, long seconds, int nanos, long special) {
    return new FileStatus(
        FileType.REGULAR, 0644, uid, gid, 1, 1, 1, special, 0, 0, seconds, nanos, 1);
  }
}
