package jontainers.runtime;

import java.util.Optional;
import jontainers.linux.Fd;

/// A container that waits to be started.
///
/// @param terminal the master of its terminal, unless that was sent elsewhere; the caller closes it
public record CreatedContainer(OciContainer container, Optional<Fd> terminal) {}
