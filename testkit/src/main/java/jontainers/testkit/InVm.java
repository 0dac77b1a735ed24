package jontainers.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/// Run a test of a [KernelTest] class, or all of them, in the virtual machine, too: on another
/// kernel, with cgroup version 2 alone. See `bin/vm-tests`.
///
/// Everything is slow there, a `jontainers run` takes seconds: mark what could be different.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("vm")
public @interface InVm {}
