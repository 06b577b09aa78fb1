package io.openib.wireup;

/**
 * How a scheme that is built on {@link Handshakes} goes about it.
 *
 * @param scheme its name
 * @param timeoutMs the deadline of an attempt, in milliseconds, from the moment it has its turn
 * @param retries how often its messages are repeated within that time
 * @param maxAttempts attempts of this side under way at a time, and as many of peers'
 */
public record HandshakeSettings(String scheme, int timeoutMs, int retries, int maxAttempts) {
    /** Between two repetitions, before jitter. */
    long intervalMs() {
        return Math.max(1, timeoutMs / (retries + 1));
    }
}
