package jontainers.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// Mark a test class of the conformance tier: beside other people's programs, and otherwise as
/// [KernelTest].
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("conformance")
@ExtendWith({PrivateNamespaces.class, LeakCheck.class})
public @interface ConformanceTest {}
