package jontainers.image.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;
import jontainers.image.ImageException;
import jontainers.image.content.ContentStore;
import jontainers.image.tar.Tar;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an archive of images may try: all that costs memory or disk is counted.
class HostileArchiveTest {
  @TempDir private Path directory;
  private ContentStore store;

  @BeforeEach
  void open() throws Exception {
    store = ContentStore.open(directory.resolve("store"));
  }

  private void refused(byte[] archive, ArchiveLimits limits, String why) throws Exception {
    try (var lease = store.lease()) {
      assertThatThrownBy(() ->
              new ArchiveLoad(store, lease, limits).archive(new ByteArrayInputStream(archive)))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining(why);
    }
    store.collect(Duration.ZERO, ContentStore.Dependents.NONE);
    try (var blobs = Files.walk(directory.resolve("store/blobs"))) {
      assertThat(blobs.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void files_of_one_name_count_each() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 11; i++) {
      tar.file("x", 0644, "content " + i);
    }

    refused(tar.bytes(), new ArchiveLimits(1 << 20, 10, 1000), "more than 10 entries");
  }

  @Test
  void links_and_directories_count_as_entries() throws Exception {
    var links = new Tar();
    var directories = new Tar();
    for (int i = 0; i < 11; i++) {
      links.entry(i % 2 == 0 ? '1' : '2', "l" + i, "x", 0);
      directories.directory("d" + i + "/", 0755);
    }
    var limits = new ArchiveLimits(1 << 20, 10, 1000);

    refused(links.bytes(), limits, "more than 10 entries");
    refused(directories.bytes(), limits, "more than 10 entries");
  }

  @Test
  void names_and_where_links_lead_are_counted() throws Exception {
    var tar = new Tar().entry('2', "a".repeat(50), "b".repeat(50), 0);

    refused(tar.bytes(), new ArchiveLimits(1 << 20, 10, 99), "more than 99 bytes of names");
  }

  @Test
  void content_counts_however_few_bytes_it_comes_in() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 20; i++) {
      tar.file("x" + i, 0644, "x".repeat(60_000));
    }
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(tar.bytes());
    }

    refused(compressed.toByteArray(), new ArchiveLimits(1 << 20, 100, 1000), "more than 1048576");
  }

  @Test
  void a_directory_has_the_same_bounds() throws Exception {
    var source = Files.createDirectory(directory.resolve("source"));
    Files.write(source.resolve("a"), new byte[60]);
    Files.write(source.resolve("b"), new byte[60]);
    try (var lease = store.lease()) {
      assertThatThrownBy(() ->
              new ArchiveLoad(store, lease, new ArchiveLimits(100, 10, 100)).directory(source))
          .hasMessageContaining("more than 100 bytes");
      assertThatThrownBy(() ->
              new ArchiveLoad(store, lease, new ArchiveLimits(1000, 1, 100)).directory(source))
          .hasMessageContaining("more than 1 entries");
    }
  }
}
