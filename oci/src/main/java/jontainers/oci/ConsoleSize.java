package jontainers.oci;

import io.avaje.jsonb.Json;

/// The size of the process's terminal in characters (`process.consoleSize` of config.md).
@Json
public record ConsoleSize(long height, long width) {}
