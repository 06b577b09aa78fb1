package io.openib.mca;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;

/** What a search for components has found so far, good and bad. */
final class Findings<S> {
    private final List<S> components = new ArrayList<>();
    private final List<ComponentFailure> failures = new ArrayList<>();

    void add(S component) {
        components.add(component);
    }

    void fail(String where, String reason) {
        failures.add(new ComponentFailure(where, reason));
    }

    List<S> components() {
        return components;
    }

    List<ComponentFailure> failures() {
        return failures;
    }

    /** An error and its causes in one line. */
    static String reason(Throwable error) {
        StringBuilder reason = new StringBuilder(describe(error));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            reason.append(", because ").append(describe(cause));
        }
        return reason.toString();
    }

    private static String describe(Throwable error) {
        String message = error.getMessage();
        return error instanceof ServiceConfigurationError && message != null ? message : error.toString();
    }
}
