package jontainers.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/// Run a test with our runtime, with runc and with crun; one that is not installed is skipped.
///
/// The test takes a [Container], or [Containers] if it needs several. `-Dconformance.subjects=runc`
/// runs it with some of them only, `-Dconformance.crun=PATH` with another crun than the installed.
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(EachRuntime.class)
@interface OnEachRuntime {
  /// Peers of which the test fails, the name first, then the versions it is known of, then the
  /// reason: `runc 1.1, 1.3: no domainname`.
  ///
  /// Their failure is expected: the test is skipped with the reason, and fails when it passes.
  String[] differs() default {};

  /// Peers that the test is not run with, in the same form, for whom it sometimes passes.
  String[] without() default {};
}
