package jontainers.cli;

import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.name.Reference;
import jontainers.image.registry.PlatformMatch;
import jontainers.image.registry.RegistryClient;
import jontainers.oci.Descriptor;
import org.jspecify.annotations.Nullable;

/// Pull an image and show it as Docker does.
///
/// @param display where
record ImagePull(RegistryClient client, ImageStore images, TransferDisplay display) {
  Image pull(Reference reference, PlatformMatch platform) throws ImageException {
    @Nullable Descriptor before = images.content().resolve(reference.toString()).orElse(null);
    String selector =
        reference.digest() == null ? String.valueOf(reference.tag()) : reference.toString();
    display.say(TransferMessage.of(selector, "Pulling from " + reference.path()));
    var progress = new TransferProgress(display, TransferProgress.Direction.PULL);
    var image = images.pull(client, reference, platform, progress);
    progress.complete();
    var target = image.names().getFirst().target();
    boolean same = before != null && before.digest().equals(target.digest());
    display.say(TransferMessage.of("", "Digest: " + target.digest()));
    display.say(
        TransferMessage.of(
            "",
            (same ? "Status: Image is up to date for " : "Status: Downloaded newer image for ")
                + reference.familiar()));
    return image;
  }
}
