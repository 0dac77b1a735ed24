package jontainers.bench;

import java.io.IOException;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;

/// Our engine in this JVM, which has run containers before.
record WarmEngine(Engine engine, ContainerSpec spec) implements Subject {
  @Override
  public String name() {
    return "jontainers";
  }

  @Override
  public void run() throws EngineException, IOException {
    int code = engine.run(spec).exitCode();
    if (code != 0) {
      throw new IOException("exit " + code);
    }
  }
}
