package jontainers.testkit;

import static java.util.stream.Collectors.toSet;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Run the tests of a tag without Maven, of which the start alone takes minutes in an emulation.
///
/// Prints a line for each test and at the end one like Surefire's. Exits with 1 when a test failed
/// or there was none.
final class TaggedTests implements TestExecutionListener {
  private final PrintStream out;
  private int run;
  private int failed;
  private int skipped;

  private TaggedTests(PrintStream out) {
    this.out = out;
  }

  /// @param arguments the tag, a pattern of class names, directories of test classes
  static void main(String... arguments) {
    var directories = Arrays.stream(arguments).skip(2).map(Path::of).collect(toSet());
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClasspathRoots(directories))
            .filters(
                TagFilter.includeTags(arguments[0]),
                ClassNameFilter.includeClassNamePatterns(arguments[1]))
            .build();
    var tests = new TaggedTests(System.out);
    LauncherFactory.create().execute(request, tests);
    System.out.printf(
        "Tests run: %d, Failures: %d, Errors: 0, Skipped: %d%n",
        tests.run, tests.failed, tests.skipped);
    System.exit(tests.run > 0 && tests.failed == 0 ? 0 : 1);
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    run++;
    skipped++;
    out.println(name(test) + " SKIPPED: " + reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (test.isContainer() && passed) {
      return;
    }
    run++;
    switch (result.getStatus()) {
      case SUCCESSFUL -> out.println(name(test) + " passed");
      case ABORTED -> {
        skipped++;
        out.println(
            name(test)
                + " SKIPPED: "
                + result.getThrowable().map(Throwable::getMessage).orElse(""));
      }
      case FAILED -> {
        failed++;
        out.println("[ERROR] " + name(test) + " FAILED");
        result.getThrowable().ifPresent(failure -> failure.printStackTrace(out));
      }
    }
  }

  private static String name(TestIdentifier test) {
    return test.getSource()
        .filter(MethodSource.class::isInstance)
        .map(MethodSource.class::cast)
        .map(method ->
            String.join(
                " ",
                method.getClassName(),
                method.getMethodName(),
                test.getDisplayName().replace(method.getMethodName() + "()", "")))
        .orElse(test.getDisplayName())
        .strip();
  }
}
