package jontainers.image.registry;

import java.io.FileNotFoundException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/// Send a file, and tell how much of it has been sent.
final class CountedBody implements BodyPublisher {
  private final BodyPublisher file;
  private final LongConsumer listener;
  private final AtomicLong sent = new AtomicLong();

  /// Prepare.
  ///
  /// @param listener hears the number of bytes, on the client's threads; it begins anew where the
  ///   body is asked for once more
  CountedBody(Path file, LongConsumer listener) throws FileNotFoundException {
    this.file = BodyPublishers.ofFile(file);
    this.listener = listener;
  }

  /// Return how many bytes the connection has taken.
  long sent() {
    return sent.get();
  }

  @Override
  public long contentLength() {
    return file.contentLength();
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> to) {
    sent.set(0);
    file.subscribe(
        new Flow.Subscriber<ByteBuffer>() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            to.onSubscribe(subscription);
          }

          @Override
          public void onNext(ByteBuffer bytes) {
            listener.accept(sent.addAndGet(bytes.remaining()));
            to.onNext(bytes);
          }

          @Override
          public void onError(Throwable failure) {
            to.onError(failure);
          }

          @Override
          public void onComplete() {
            to.onComplete();
          }
        });
  }
}
