package jontainers.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Read a body as a stream that gives up when nothing comes for a time.
///
/// The JDK's own stream waits for ever: a request's timeout ends with the headers. Read by one
/// thread; the client's threads fill it.
final class TimedBody extends InputStream implements BodySubscriber<InputStream> {
  /// What comes from the client: bytes, or the end, or its failure.
  private record Part(List<ByteBuffer> bytes, boolean last, @Nullable Throwable failure) {}

  private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private final Duration patience;
  private List<ByteBuffer> bytes = List.of();
  private int at;
  private boolean ended;

  TimedBody(Duration patience) {
    this.patience = patience;
  }

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription from) {
    if (subscription.complete(from)) {
      from.request(1);
    } else {
      from.cancel();
    }
  }

  @Override
  public void onNext(List<ByteBuffer> item) {
    parts.add(new Part(item, false, null));
  }

  @Override
  public void onError(Throwable failure) {
    parts.add(new Part(List.of(), true, failure));
  }

  @Override
  public void onComplete() {
    parts.add(new Part(List.of(), true, null));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      while (at < bytes.size()) {
        var buffer = bytes.get(at);
        if (buffer.hasRemaining()) {
          int count = Math.min(length, buffer.remaining());
          buffer.get(into, offset, count);
          return count;
        }
        at++;
      }
      if (ended) {
        return -1;
      }
      next();
    }
  }

  private void next() throws IOException {
    if (!bytes.isEmpty()) {
      subscription.join().request(1);
      bytes = List.of();
    }
    Part part;
    try {
      part = parts.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (part == null) {
      throw new HttpTimeoutException("nothing came for " + patience.toSeconds() + " s");
    }
    if (part.failure != null) {
      throw new IOException(part.failure.getMessage(), part.failure);
    }
    bytes = part.bytes;
    at = 0;
    ended = part.last;
  }

  /// Stop; what is left of the body is not wanted.
  @Override
  public void close() {
    if (!ended) {
      ended = true;
      var _ = subscription.thenAccept(Flow.Subscription::cancel);
    }
  }
}
