package jontainers.image.layer;

import java.nio.file.Path;
import jontainers.oci.Digest;

/// A layer that is unpacked.
///
/// @param diffId of its tar archive
/// @param fs the directory that an overlay is given
/// @param size of all files together
/// @param entries of its archive
public record Layer(Digest diffId, Path fs, long size, long entries) {}
