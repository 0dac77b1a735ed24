package jontainers.image.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jontainers.image.ImageDocuments;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.content.ContentStore;
import jontainers.image.content.FullDisk;
import jontainers.image.content.Lease;
import jontainers.image.layer.Compression;
import jontainers.image.name.Reference;
import jontainers.image.tar.LimitedInput;
import jontainers.image.tar.TarEntry;
import jontainers.image.tar.TarReader;
import jontainers.linux.RawText;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.DockerArchive;
import jontainers.oci.ImageConfig;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.ManifestKind;
import jontainers.oci.MediaTypes;
import jontainers.oci.OciFormatException;

/// Read images from an archive or a directory into a store: Docker's form, OCI's, and the two in
/// one that Docker writes since version 25.
///
/// Nothing needs to be known of the order in an archive: what comes is stored by its digest, and
/// what stands in `index.json` or `manifest.json` is looked up when all is there. Paths are keys
/// and never places on the disk. Confined to one thread.
public final class ArchiveLoad {
  private static final int MAX_LINKS = 16;
  private static final String INDEX = "index.json";
  private static final String DOCKER = "manifest.json";
  private static final String LAYOUT = "oci-layout";
  private static final String CONTAINERD_NAME = "io.containerd.image.name";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final int PIECE = 1 << 16;

  /// blobs/sha256/HEX
  private static final int LAYOUT_DEPTH = 3;

  private static final String UNKNOWN = "application/octet-stream";
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};

  private final ContentStore content;
  private final Lease lease;
  private final ArchiveLimits limits;
  private final Map<String, Descriptor> files = new LinkedHashMap<>();
  private final Map<String, String> links = new LinkedHashMap<>();
  private final byte[] piece = new byte[PIECE];
  private long bytes;
  private long names;
  private int entries;

  /// Prepare.
  ///
  /// @param lease holds what is read, until it has names
  public ArchiveLoad(ContentStore content, Lease lease) {
    this(content, lease, ArchiveLimits.STANDARD);
  }

  /// Prepare, with bounds of one's own.
  public ArchiveLoad(ContentStore content, Lease lease, ArchiveLimits limits) {
    this.content = content;
    this.lease = lease;
    this.limits = limits;
  }

  /// An image, or an index of several, that was read.
  ///
  /// @param name absent where the archive gives none
  /// @param target what the name is to stand for, in the store
  public record Loaded(Optional<Reference> name, Descriptor target) {}

  /// Read an archive, compressed or not, to its end.
  public List<Loaded> archive(InputStream in) throws ImageException {
    var buffered = new BufferedInputStream(in, PIECE);
    try {
      refuseOtherCompression(buffered);
      var plain = Compression.decompressed(buffered);
      var tar = new TarReader(new LimitedInput(plain, limits.bytes()));
      for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
        take(entry.get(), tar);
      }
    } catch (IOException e) {
      throw failed("cannot read the archive", e);
    }
    return images("the archive");
  }

  /// Read a directory that holds what an archive would.
  public List<Loaded> directory(Path directory) throws ImageException {
    try (var tree = Files.walk(directory, LAYOUT_DEPTH)) {
      for (var file : (Iterable<Path>) tree::iterator) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          try (var in = Files.newInputStream(file)) {
            String name = directory.relativize(file).toString();
            count(name.length());
            file(normal(name), Files.size(file), in::read);
          }
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw failed("cannot read " + RawText.of(directory), e);
    }
    return images(directory.toString());
  }

  private static ImageException failed(String deed, Exception e) {
    return new ImageException(deed + ": " + e.getMessage(), FullDisk.hint(e), e);
  }

  /// What Docker takes and this engine does not.
  private static void refuseOtherCompression(BufferedInputStream in)
      throws IOException, ImageException {
    in.mark(XZ.length);
    byte[] head = in.readNBytes(XZ.length);
    in.reset();
    boolean bzip2 = head.length > 2 && head[0] == 'B' && head[1] == 'Z' && head[2] == 'h';
    if (bzip2 || Arrays.equals(head, XZ)) {
      String program = bzip2 ? "bzip2" : "xz";
      throw new ImageException(
          Category.UNSUPPORTED,
          "the archive is compressed with " + program,
          program + " -dc FILE | jontainers load");
    }
  }

  private void take(TarEntry entry, TarReader tar) throws IOException, ImageException {
    count(entry.name().length + entry.link().length);
    String name = normal(new String(entry.name(), UTF_8));
    if (entry.data() != null) {
      throw new ImageException(
          Category.UNSUPPORTED,
          entry.text() + " is a sparse file",
          "pack the archive without --sparse");
    }
    switch (entry.type()) {
      case FILE -> file(name, entry.size(), piece -> tar.read(piece, 0, piece.length));
      case SYMBOLIC_LINK -> {
        String link = new String(entry.link(), UTF_8);
        links.put(name, normal(name.substring(0, name.lastIndexOf('/') + 1) + link));
      }
      case HARD_LINK -> links.put(name, normal(new String(entry.link(), UTF_8)));
      default -> {
        // directories say nothing, and nothing else belongs here
      }
    }
  }

  /// Count an entry, of whatever kind and even if another of its name was there.
  private void count(long length) throws ImageException {
    names += length;
    if (++entries > limits.entries()) {
      throw invalid("the archive has more than " + limits.entries() + " entries");
    }
    if (names > limits.names()) {
      throw invalid("the archive has more than " + limits.names() + " bytes of names");
    }
  }

  private void taken(int count) throws ImageException {
    bytes += count;
    if (bytes > limits.bytes()) {
      throw invalid("the archive has more than " + limits.bytes() + " bytes");
    }
  }

  private static ImageException invalid(String problem) {
    return new ImageException(Category.INVALID, problem, "");
  }

  /// Return a path without what leads nowhere. It is a key, so that `..` needs no more, and not one
  /// of the host, whose locale may not know its letters.
  private static String normal(String path) {
    var parts = new ArrayDeque<String>();
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        var _ = parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  /// Where a file's bytes come from.
  private interface Source {
    /// Return how many were read, -1 at the end.
    int read(byte[] piece) throws IOException;
  }

  private void file(String path, long size, Source source) throws IOException, ImageException {
    var digest = digest(path);
    files.put(path, digest.isPresent() ? blob(digest.get(), size, source) : other(source));
  }

  /// Return the digest that a path of an OCI layout tells: `blobs/sha256/…`.
  private static Optional<Digest> digest(String path) {
    String[] parts = path.split("/");
    if (parts.length != 3 || !parts[0].equals("blobs")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Digest.parse(parts[1] + ":" + parts[2]));
    } catch (OciFormatException e) {
      return Optional.empty();
    }
  }

  private Descriptor blob(Digest digest, long size, Source source)
      throws IOException, ImageException {
    var descriptor = Descriptor.of(UNKNOWN, digest, size);
    var ingest = content.ingest(lease, descriptor);
    if (ingest.isPresent()) {
      try (var open = ingest.get()) {
        open.restart();
        try {
          for (int count; (count = source.read(piece)) >= 0; ) {
            taken(count);
            open.write(piece, 0, count);
          }
          open.commit();
        } catch (IOException | ImageException e) {
          open.restart(); // nobody goes on with a part of an archive
          throw e;
        }
      }
    }
    return descriptor;
  }

  private Descriptor other(Source source) throws IOException, ImageException {
    try (var spool = content.spool(lease, Digest.Algorithm.SHA256)) {
      for (int count; (count = source.read(piece)) >= 0; ) {
        taken(count);
        spool.write(piece, 0, count);
      }
      return spool.commit(UNKNOWN);
    }
  }

  /// Find out what was read; every image is complete and fits together.
  private List<Loaded> images(String source) throws ImageException {
    try {
      if (files.containsKey(LAYOUT) && files.containsKey(INDEX)) {
        return layout();
      }
      if (files.containsKey(DOCKER)) {
        return docker();
      }
    } catch (OciFormatException e) {
      throw new ImageException(Category.INVALID, source + ": " + e.getMessage(), "", e);
    }
    throw new ImageException(
        Category.INVALID,
        source + " has neither a manifest.json nor an oci-layout with an index.json",
        files.isEmpty() ? "" : "a root filesystem without an image is for: jontainers import");
  }

  private List<Loaded> layout() throws ImageException {
    var loaded = new ArrayList<Loaded>();
    for (var descriptor : Index.parse(content.read(found(INDEX))).manifests()) {
      if (!isOfImages(descriptor)) {
        continue; // "implementations SHOULD ignore" what they do not know: image-index.md
      }
      require(descriptor, INDEX);
      complete(descriptor);
      loaded.add(new Loaded(name(descriptor), descriptor.withAnnotations(Map.of())));
    }
    return loaded;
  }

  private static boolean isOfImages(Descriptor child) {
    return MediaTypes.isManifest(child.mediaType()) || MediaTypes.isIndex(child.mediaType());
  }

  /// Check that an index has one image at least and each image all that it needs.
  private void complete(Descriptor descriptor) throws ImageException {
    byte[] document = content.read(descriptor);
    switch (ManifestKind.of(document)) {
      case INDEX -> {
        boolean any = false;
        for (var child : Index.parse(document).manifests()) {
          if (content.has(child)) { // a platform that was left out is no loss
            lease.hold(child.digest());
            if (isOfImages(child)) {
              complete(child);
              any = true;
            }
          }
        }
        if (!any) {
          throw new ImageException(
              Category.INVALID, "index " + descriptor.digest() + " has none of its images", "");
        }
      }
      case MANIFEST -> {
        var manifest = Manifest.parse(document);
        for (var child : manifest.children()) {
          if (!MediaTypes.isForeign(child.mediaType()) || content.has(child)) {
            require(child, descriptor.digest().toString());
          }
        }
        if (MediaTypes.isConfig(manifest.config().mediaType())
            && manifest.layers().stream().allMatch(l -> MediaTypes.isLayer(l.mediaType()))) {
          var _ = ImageDocuments.read(content, descriptor, descriptor.digest().toString());
        }
      }
    }
  }

  private void require(Descriptor descriptor, String whose) throws ImageException {
    lease.hold(descriptor.digest());
    if (!content.has(descriptor)) {
      throw new ImageException(
          Category.INVALID, descriptor.digest() + " is not there, but " + whose + " needs it", "");
    }
  }

  /// A whole name, or else nothing: that a bare word is only a tag, the layout does not tell of
  /// what.
  private static Optional<Reference> name(Descriptor descriptor) throws ImageException {
    String name = descriptor.annotations().getOrDefault(CONTAINERD_NAME, "");
    if (name.isEmpty()) {
      name = descriptor.annotations().getOrDefault(REF_NAME, "");
      if (name.indexOf(':') < 0 && name.indexOf('/') < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(Reference.parse(name));
  }

  private List<Loaded> docker() throws ImageException {
    var loaded = new ArrayList<Loaded>();
    for (var item : DockerArchive.parse(content.read(found(DOCKER))).images()) {
      var target = manifest(item);
      if (item.repoTags().isEmpty()) {
        loaded.add(new Loaded(Optional.empty(), target));
      }
      for (String name : item.repoTags()) {
        loaded.add(new Loaded(Optional.of(Reference.parse(name)), target));
      }
    }
    return loaded;
  }

  /// Write the manifest that Docker's form does not have.
  private Descriptor manifest(DockerArchive.Item item) throws ImageException {
    var stored = found(item.configPath());
    var config = Descriptor.of(MediaTypes.CONFIG, stored.digest(), stored.size());
    var diffIds = ImageConfig.parse(content.read(config)).rootfs().digests();
    if (diffIds.size() != item.layers().size()) {
      throw new ImageException(
          Category.INVALID,
          item.configPath()
              + " names "
              + diffIds.size()
              + " layers and manifest.json "
              + item.layers().size(),
          "");
    }
    var layers = new ArrayList<Descriptor>();
    for (int i = 0; i < diffIds.size(); i++) {
      layers.add(layer(item.layers().get(i), diffIds.get(i)));
    }
    byte[] document = Manifest.of(config, layers).toJson().getBytes(UTF_8);
    var descriptor = Descriptor.of(MediaTypes.MANIFEST, document);
    content.put(lease, descriptor, document);
    return descriptor;
  }

  private Descriptor layer(String path, Digest diffId) throws ImageException {
    var stored = found(path);
    Compression compression;
    try (var in = content.open(stored.digest())) {
      compression = Compression.detect(in.readNBytes(4));
    } catch (IOException e) {
      throw new ImageException("cannot read " + path, "", e);
    }
    if (compression == Compression.NONE
        && diffId.algorithm() == stored.digest().algorithm()
        && !diffId.equals(stored.digest())) {
      throw new ImageException(
          Category.INVALID, path + " should be " + diffId + " and is " + stored.digest(), "");
    }
    return Descriptor.of(MediaTypes.LAYER + compression.suffix(), stored.digest(), stored.size());
  }

  /// Return what a path of the archive leads to.
  private Descriptor found(String path) throws ImageException {
    String at = normal(path);
    for (int i = 0; i < MAX_LINKS && links.containsKey(at); i++) {
      at = links.getOrDefault(at, "");
    }
    var descriptor = files.get(at);
    if (descriptor == null) {
      throw new ImageException(Category.INVALID, path + " is not in the archive", "");
    }
    return descriptor;
  }
}
