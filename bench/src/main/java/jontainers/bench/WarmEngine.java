package jontainers.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;

/// Our engine in this JVM, which has run containers before.
///
/// @param deed what is done in one turn
record WarmEngine(Engine engine, ContainerSpec spec, Deed deed) implements Subject {

  /// What one turn does.
  interface Deed {
    void run(Engine engine, ContainerSpec spec) throws Exception;
  }

  @Override
  public String name() {
    return "jontainers";
  }

  @Override
  public void run() throws Exception {
    deed.run(engine, spec);
  }

  /// Run one container.
  static void once(Engine engine, ContainerSpec spec) throws EngineException, IOException {
    int code = engine.run(spec).exitCode();
    if (code != 0) {
      throw new IOException("exit " + code);
    }
  }

  /// Run many in an engine of their own, until nothing of them is left.
  ///
  /// @param threads how many at a time
  static Subject many(Path root, ContainerSpec spec, int count, int threads) {
    return new Subject() {
      @Override
      public String name() {
        return "jontainers";
      }

      @Override
      public void run() throws Exception {
        try (var engine = Engine.open(root);
            var pool = Executors.newFixedThreadPool(threads)) {
          var runs = new ArrayList<Future<?>>();
          for (int i = 0; i < count; i++) {
            runs.add(
                pool.submit(() -> {
                  once(engine, spec);
                  return true;
                }));
          }
          for (var run : runs) {
            run.get();
          }
        }
      }
    };
  }
}
