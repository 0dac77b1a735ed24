package jontainers.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import jontainers.testkit.ConformanceTest;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Run a class with an engine on our runtime and, to test the tests, with the engine on runc.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ConformanceTest
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = Subject.class,
    names = {"JONTAINERS", "RUNC"})
@interface EngineTest {}
