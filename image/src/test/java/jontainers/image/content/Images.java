package jontainers.image.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Random;
import jontainers.image.ImageException;
import jontainers.oci.Descriptor;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;

/// Small images for tests: the layers are any bytes.
public record Images(
    Descriptor manifest,
    byte[] manifestBytes,
    Descriptor config,
    byte[] configBytes,
    List<byte[]> layers,
    List<Descriptor> layerDescriptors) {

  /// Make an image of a platform with layers of some lengths.
  public static Images image(Platform platform, int... lengths) {
    var random = new Random(platform.hashCode());
    var layers = new java.util.ArrayList<byte[]>();
    var descriptors = new java.util.ArrayList<Descriptor>();
    for (int length : lengths) {
      byte[] layer = new byte[length];
      random.nextBytes(layer);
      layers.add(layer);
      descriptors.add(Descriptor.of(MediaTypes.LAYER_GZIP, layer));
    }
    byte[] config =
        ("{\"architecture\":\""
                + platform.architecture()
                + "\",\"os\":\""
                + platform.os()
                + "\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + descriptors.stream()
                    .map(layer -> "\"" + layer.digest() + "\"")
                    .collect(java.util.stream.Collectors.joining(","))
                + "]}}")
            .getBytes(UTF_8);
    var configDescriptor = Descriptor.of(MediaTypes.CONFIG, config);
    byte[] manifest = Manifest.of(configDescriptor, descriptors).toJson().getBytes(UTF_8);
    return new Images(
        Descriptor.of(MediaTypes.MANIFEST, manifest).withPlatform(platform),
        manifest,
        configDescriptor,
        config,
        layers,
        descriptors);
  }

  /// Make an image of this kind of machine.
  public static Images amd64(int... lengths) {
    return image(Platform.of("linux", "amd64", null), lengths);
  }

  /// Make an index of images.
  public static byte[] index(Images... images) {
    return Index.of(java.util.Arrays.stream(images).map(Images::manifest).toList())
        .toJson()
        .getBytes(UTF_8);
  }

  /// Store it as a pull does: what a document needs comes before it.
  public void store(ContentStore store, Lease lease) throws ImageException {
    for (int i = 0; i < layers.size(); i++) {
      store.put(lease, layerDescriptors.get(i), layers.get(i));
    }
    store.put(lease, config, configBytes);
    store.put(lease, manifest, manifestBytes);
  }
}
