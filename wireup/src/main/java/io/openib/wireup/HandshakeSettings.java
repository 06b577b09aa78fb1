package io.openib.wireup;

/**
 * How a scheme that is built on {@link Handshakes} goes about it.
 *
 * @param scheme its name
 * @param timeoutMs the deadline of an attempt, in milliseconds, from the moment it has its turn
 * @param retries how often its messages are repeated within that time
 * @param maxAttempts attempts of this side under way at a time, and as many of peers'; of those whose peers have not answered
 *     for a tenth of the deadline there may be three times as many beside
 */
public record HandshakeSettings(String scheme, int timeoutMs, int retries, int maxAttempts) {
    private static final int PATIENCE_FRACTION = 10;
    private static final int SILENT_FACTOR = 3;

    /** How long an attempt that has no answer counts like those that have. */
    long patienceMs() {
        return Math.max(1, timeoutMs / PATIENCE_FRACTION);
    }

    /** How many that have no answer do not count. */
    int maxSilent() {
        return SILENT_FACTOR * maxAttempts;
    }

    /** Between two repetitions, before jitter. */
    long intervalMs() {
        return Math.max(1, timeoutMs / (retries + 1));
    }
}
