package jontainers.cli.oci;

import java.io.IOException;
import jontainers.cli.Session;
import jontainers.runtime.Host;
import jontainers.runtime.OciContainer;
import jontainers.runtime.OciContainers;

/// What an operation has to do with: who asks, what was said before the command, and the log.
record Context(Session session, GlobalFlags global, Log log) {

  OciContainers containers() {
    return new OciContainers(global.root(), session.environment());
  }

  OciContainer container(Flags flags) throws IOException {
    return containers().find(flags.rest().getFirst());
  }

  Host host() throws IOException {
    return Host.probe();
  }
}
