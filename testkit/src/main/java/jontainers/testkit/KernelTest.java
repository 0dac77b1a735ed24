package jontainers.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// Mark a test class of the kernel tier: root, in mount and network namespaces of its own.
///
/// Outside of such namespaces the class is skipped and says why. Around each test the extension
/// compares the open files, mounts, links and cgroups, and fails the test that left something.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("kernel")
@ExtendWith({PrivateNamespaces.class, LeakCheck.class})
public @interface KernelTest {}
