package io.openib.mca;

import java.util.ServiceConfigurationError;

/**
 * A component that could not be loaded, or a place that could not be searched.
 *
 * @param where the jar, the directory, or {@code class path} for what is on the class or module path
 * @param reason why, and what to do where that is known; names the provider where there is one
 */
public record ComponentFailure(String where, String reason) {
    /** What was thrown, for people, in one line: the words of an exception of ours, of any other its kind and causes too. */
    public static String why(Throwable error) {
        String message = error.getMessage();
        if (message != null && error.getClass().getName().startsWith("io.openib.")) {
            return message;
        }
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

    /** For people: the place and the reason. */
    @Override
    public String toString() {
        return where + ": " + reason;
    }
}
