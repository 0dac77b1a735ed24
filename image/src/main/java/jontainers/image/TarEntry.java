package jontainers.image;

import java.util.List;
import jontainers.linux.FileStatus;
import jontainers.linux.Xattr;

/// What a header says of a file.
///
/// @param name as it stands in the archive, directories with a slash at the end
/// @param link where a link leads, else empty
/// @param size of the content that follows, for files
@SuppressWarnings("ArrayRecordComponent") // names are bytes; never compared as records
record TarEntry(
    TarType type, byte[] name, byte[] link, long size, FileStatus status, List<Xattr> xattrs) {}
