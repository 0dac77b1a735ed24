package jontainers.conformance;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Wait for a condition with a deadline, by inotify(7) where it is a file's.
final class Await {
  private static final long DEADLINE_SECONDS = Patience.ofSeconds(20).toSeconds();

  private Await() {}

  /// Wait until a file has a text in it.
  static void text(Path file, String text) {
    file(
        file,
        () -> Files.exists(file) && read(file).contains(text),
        "no \"" + text + "\" in " + file);
  }

  /// Wait until a file is there.
  static void exists(Path file) {
    file(file, () -> Files.exists(file), "no " + file);
  }

  private static void file(Path file, BooleanSupplier condition, String otherwise) {
    var directory = Objects.requireNonNull(file.getParent(), "absolute");
    try (var watch = directory.getFileSystem().newWatchService()) {
      directory.register(watch, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
      while (!condition.getAsBoolean()) {
        var key = watch.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (key == null) {
          throw new AssertionError(otherwise + ": " + (Files.exists(file) ? read(file) : ""));
        }
        key.pollEvents().clear();
        key.reset();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /// Ask until a command's answer is as wanted: each question takes the time of a command.
  static void answer(String what, BooleanSupplier condition) {
    answer(what, DEADLINE_SECONDS, condition);
  }

  static void answer(String what, long seconds, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not in " + seconds + " s: " + what);
      }
    }
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
