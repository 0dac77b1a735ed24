import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/// Copy a jar with its class files brought to a version that an AOT cache takes.
///
/// The JVM checks classes older than Java 6 (version 50) with its old verifier and leaves them out of
/// the cache; picocli is compiled for Java 5, and loading it from its jar costs a command 40 ms.
/// Newer versions need stack maps, which the JDK's own class file library computes.
///
/// `java bin/ModernClasses.java FROM.jar TO.jar`
final class ModernClasses {
  private static final int JAVA_6 = 50;
  private static final int JAVA_8 = 52;

  public static void main(String[] arguments) throws IOException {
    var jar = new URL[] {Path.of(arguments[0]).toUri().toURL()};
    var classes =
        ClassHierarchyResolver.ofResourceParsing(new URLClassLoader(jar))
            .orElse(ClassHierarchyResolver.defaultResolver());
    try (InputStream from = Files.newInputStream(Path.of(arguments[0]));
        OutputStream to = Files.newOutputStream(Path.of(arguments[1]));
        var in = new ZipInputStream(from);
        var out = new ZipOutputStream(to)) {
      for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
        byte[] bytes = in.readAllBytes();
        var copy = new ZipEntry(entry.getName());
        copy.setTime(0);
        out.putNextEntry(copy);
        out.write(entry.getName().endsWith(".class") ? modern(bytes, classes) : bytes);
        out.closeEntry();
      }
    }
  }

  private static byte[] modern(byte[] bytes, ClassHierarchyResolver classes) {
    int version = (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
    if (version >= JAVA_6) {
      return bytes;
    }
    var library =
        ClassFile.of(
            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
            ClassFile.ClassHierarchyResolverOption.of(classes));
    return library.transformClass(
        library.parse(bytes),
        // Bodies are put together anew: one that is copied as it is gets no stack map.
        ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
            .andThen(
                (builder, element) ->
                    builder.with(
                        element instanceof ClassFileVersion
                            ? ClassFileVersion.of(JAVA_8, 0)
                            : element)));
  }
}
