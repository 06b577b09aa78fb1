package io.openib.cli.conformance;

import org.jspecify.annotations.Nullable;

/**
 * How a case ended.
 *
 * @param group the interface that has the case
 * @param pair between which ports it ran
 * @param reason why it failed or was skipped; empty for a success
 * @param failure what it threw; null if it did not fail
 */
record CaseResult(
        String group,
        String name,
        String pair,
        Outcome outcome,
        double seconds,
        String reason,
        @Nullable Throwable failure) {
    enum Outcome {
        OK,
        SKIPPED,
        FAILED
    }

    /** For people. */
    String line() {
        String label = outcome == Outcome.OK ? "ok" : outcome.name();
        String text =
                String.format(java.util.Locale.ROOT, "%-7s %s.%s, %s (%.3f s)", label, group, name, pair, seconds);
        return reason.isEmpty() ? text : text + ": " + reason;
    }
}
