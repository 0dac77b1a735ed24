package jontainers.cli;

import java.util.LinkedHashSet;
import java.util.Set;
import jontainers.image.Image;
import jontainers.image.registry.TransferListener;
import jontainers.oci.Descriptor;
import jontainers.oci.MediaTypes;

/// Tell in Docker's words what happens to the layers of a pull or push.
///
/// Safe for any thread, guarded by this.
final class TransferProgress implements TransferListener {
  /// Where layers go.
  enum Direction {
    PULL("Pulling fs layer", "Already exists", "Downloading", "Download complete"),
    PUSH("Waiting", "Layer already exists", "Pushing", "Pushed");

    private final String queued;
    private final String present;
    private final String going;
    private final String done;

    Direction(String queued, String present, String going, String done) {
      this.queued = queued;
      this.present = present;
      this.going = going;
      this.done = done;
    }
  }

  private final TransferDisplay display;
  private final Direction direction;
  private final Set<Descriptor> fetched = new LinkedHashSet<>();

  TransferProgress(TransferDisplay display, Direction direction) {
    this.display = display;
    this.direction = direction;
  }

  @Override
  public synchronized void heard(Event event) {
    switch (event) {
      case Event.Resolved _ -> {
        // what it is shows at the end
      }
      case Event.Queued(var layer) -> show(layer, direction.queued);
      case Event.Present(var layer) -> show(layer, direction.present);
      case Event.Mounted(var layer, String from) -> show(layer, "Mounted from " + from);
      case Event.Progress(var layer, long bytes) -> {
        if (isLayer(layer)) {
          display.show(
              new TransferMessage(
                  Image.shortId(layer.digest()), direction.going, bytes, layer.size()));
        }
      }
      case Event.Done(var layer) -> {
        show(layer, direction.done);
        fetched.add(layer);
      }
      case Event.Retrying(String reason, var after) ->
          display.say(
              TransferMessage.of(
                  "", "Retrying in " + Math.max(1, after.toSeconds()) + " s: " + reason));
    }
  }

  /// Tell that a pull has come to its end: what was fetched is unpacked.
  synchronized void complete() {
    fetched.forEach(layer -> show(layer, "Pull complete"));
  }

  private void show(Descriptor layer, String status) {
    if (isLayer(layer)) {
      display.show(TransferMessage.of(Image.shortId(layer.digest()), status));
    }
  }

  private static boolean isLayer(Descriptor descriptor) {
    return MediaTypes.isLayer(descriptor.mediaType());
  }
}
