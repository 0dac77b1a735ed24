package jontainers.image.registry;

import java.time.Duration;
import jontainers.oci.Descriptor;

/// Hear how a pull or push goes on.
///
/// Called by the threads that transfer, several at once; what it takes they wait for.
@FunctionalInterface
public interface TransferListener {
  /// Hear nothing.
  TransferListener NONE = event -> {};

  /// Hear of an event.
  void heard(Event event);

  /// What happens to content.
  sealed interface Event {
    /// A name stands for this.
    record Resolved(Descriptor descriptor) implements Event {}

    /// It will be looked at when its turn comes.
    record Queued(Descriptor descriptor) implements Event {}

    /// The other side has it already, or this one.
    record Present(Descriptor descriptor) implements Event {}

    /// It was taken over from another repository of the registry.
    record Mounted(Descriptor descriptor, String from) implements Event {}

    /// So many bytes of it are there; the first event tells how many were from before.
    record Progress(Descriptor descriptor, long bytes) implements Event {}

    /// It is there and verified.
    record Done(Descriptor descriptor) implements Event {}

    /// The other side failed; it is asked again after a time.
    record Retrying(String reason, Duration after) implements Event {}
  }
}
