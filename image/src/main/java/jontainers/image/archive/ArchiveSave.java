package jontainers.image.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.content.ContentStore;
import jontainers.image.name.Reference;
import jontainers.image.tar.PaxWriter;
import jontainers.image.tar.Sink;
import jontainers.image.tar.TarAttributes;
import jontainers.image.tar.TarEntry;
import jontainers.image.tar.TarType;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.DockerArchive;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.ManifestKind;
import jontainers.oci.MediaTypes;
import jontainers.oci.OciFormatException;

/// Write images as an archive or a directory. The same images make the same bytes.
///
/// Content goes out as it came in, byte for byte: an image that is loaded elsewhere has the same
/// digests. An index that is here for some of its platforms only is left out, and the image of one
/// platform stands in its place.
public final class ArchiveSave {
  private static final String CONTAINERD_NAME = "io.containerd.image.name";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  private final ContentStore content;
  private final Map<Digest, Long> blobs = new TreeMap<>();
  private final List<Descriptor> index = new ArrayList<>();
  private final Map<Digest, DockerArchive.Item> items = new LinkedHashMap<>();

  /// Prepare.
  public ArchiveSave(ContentStore content) {
    this.content = content;
  }

  /// What is written.
  public enum Form {
    /// An OCI layout with a `manifest.json`, which every version of Docker loads and all tools of
    /// OCI.
    DOCKER,
    /// An OCI layout.
    OCI
  }

  /// Add an image.
  ///
  /// @param names what it is called in the archive; none to leave it without
  public void add(Image image, List<Image.Name> names) throws ImageException {
    try {
      if (names.isEmpty()) {
        add(image, Optional.empty(), image.manifest());
      }
      for (var name : names) {
        add(
            image,
            name.reference(),
            content.isWhole(name.target()) ? name.target() : image.manifest());
      }
    } catch (OciFormatException e) {
      throw new ImageException(Category.INVALID, image.shown() + ": " + e.getMessage(), "", e);
    }
  }

  private void add(Image image, Optional<Reference> name, Descriptor target) throws ImageException {
    reach(target);
    reach(image.manifest());
    var plain = target.withAnnotations(Map.of());
    index.add(
        name.map(reference ->
                plain
                    .withAnnotation(CONTAINERD_NAME, reference.toString())
                    .withAnnotation(REF_NAME, reference.tag() == null ? "latest" : reference.tag()))
            .orElse(plain));
    var known = items.get(image.id());
    var tags = new ArrayList<String>(known == null ? List.of() : known.repoTags());
    name.filter(reference -> reference.tag() != null)
        .map(reference -> reference.withoutDigest().familiar())
        .filter(tag -> !tags.contains(tag))
        .ifPresent(tags::add);
    items.put(
        image.id(),
        new DockerArchive.Item(
            path(image.document().config().digest()),
            tags,
            image.document().layers().stream().map(layer -> path(layer.digest())).toList()));
  }

  private void reach(Descriptor descriptor) throws ImageException {
    if (blobs.put(descriptor.digest(), descriptor.size()) != null) {
      return;
    }
    byte[] document = content.read(descriptor);
    switch (ManifestKind.of(document)) {
      case INDEX -> {
        for (var child : Index.parse(document).manifests()) {
          if (MediaTypes.isManifest(child.mediaType()) || MediaTypes.isIndex(child.mediaType())) {
            reach(child);
          } else {
            blobs.put(child.digest(), child.size()); // whatever it is, it is not looked into
          }
        }
      }
      case MANIFEST -> {
        for (var child : Manifest.parse(document).children()) {
          if (content.has(child)) { // foreign layers may not be here
            blobs.put(child.digest(), child.size());
          }
        }
      }
    }
  }

  /// Write a tar archive to a stream, which stays open.
  public void write(Form form, OutputStream out) throws ImageException {
    try (var sink = Sink.to(out)) {
      var tar = new PaxWriter(sink);
      var directories = new TreeSet<String>();
      directories.add("blobs/");
      blobs.keySet().forEach(d -> directories.add("blobs/" + d.algorithm().id() + "/"));
      for (String directory : directories) {
        tar.entry(entry(TarType.DIRECTORY, directory, 0755, 0));
      }
      for (var blob : blobs.entrySet()) {
        try (var in = content.open(blob.getKey())) {
          tar.file(entry(TarType.FILE, path(blob.getKey()), 0444, blob.getValue()), in);
        }
      }
      for (var document : documents(form).entrySet()) {
        byte[] bytes = document.getValue();
        tar.file(
            entry(TarType.FILE, document.getKey(), 0644, bytes.length),
            new ByteArrayInputStream(bytes));
      }
      tar.finish();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /// Write a directory, which is made or is empty.
  public void write(Form form, Path directory) throws ImageException {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try (var list = Files.list(directory)) {
        if (list.findAny().isPresent()) {
          throw new ImageException(
              Category.INVALID, directory + " is not empty", "name a directory that is not there");
        }
      }
      for (var blob : blobs.keySet()) {
        var file = directory.resolve(path(blob));
        Files.createDirectories(file.resolveSibling(".").normalize());
        try (var in = content.open(blob)) {
          Files.copy(in, file);
        }
      }
      for (var document : documents(form).entrySet()) {
        Files.write(directory.resolve(document.getKey()), document.getValue());
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private Map<String, byte[]> documents(Form form) {
    var documents = new TreeMap<String, byte[]>();
    documents.put("index.json", Index.of(index).toJson().getBytes(UTF_8));
    documents.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8));
    if (form == Form.DOCKER) {
      var docker = new DockerArchive(List.copyOf(items.values()));
      documents.put("manifest.json", docker.toJson().getBytes(UTF_8));
    }
    return documents;
  }

  private static String path(Digest digest) {
    return "blobs/" + digest.algorithm().id() + "/" + digest.hex();
  }

  private static TarEntry entry(TarType type, String name, int mode, long size) {
    var attributes = new TarAttributes(mode, 0, 0, 0, 0, 0, 0);
    return new TarEntry(type, name.getBytes(UTF_8), new byte[0], size, attributes, List.of(), null);
  }

  private static ImageException failed(IOException e) {
    boolean full = String.valueOf(e.getMessage()).contains("No space left");
    return new ImageException(
        "cannot save: " + e.getMessage(),
        full ? "free some space, or save to another file system" : "",
        e);
  }
}
