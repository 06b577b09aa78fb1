package io.openib.cli.conformance;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Has no further case of a run begin: JUnit 5 itself goes on whatever its listeners throw. JUnit makes the instances, so what they
 * ask is static.
 */
final class Halt implements ExecutionCondition {
    private static volatile boolean isCalled;

    /** The run that begins has none yet. */
    static void reset() {
        isCalled = false;
    }

    /** From now on. */
    static void call() {
        isCalled = true;
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return isCalled
                ? ConditionEvaluationResult.disabled("the run was halted")
                : ConditionEvaluationResult.enabled("");
    }
}
