package io.openib.verbs.soft.cm;

/**
 * The connection manager's bounds.
 *
 * @param responseTimeoutMs how long a message waits for its answer before it is sent again
 * @param retries how often it is sent again; then UNREACHABLE, or DISCONNECTED for a DREQ
 * @param serviceTimeoutMs how long a request that the peer's connection manager has acknowledged (MRA) waits for the
 *     peer's program
 * @param timewaitMs from DISCONNECTED to TIMEWAIT_EXIT
 * @param greetingTimeoutMs how long a TCP connection may stay open without having sent a request
 * @param maxStrangers TCP connections at a time that have not sent a request yet; a further one is dropped
 * @param maxConnections TCP connections at a time
 */
public record CmSettings(
        long responseTimeoutMs,
        int retries,
        long serviceTimeoutMs,
        long timewaitMs,
        long greetingTimeoutMs,
        int maxStrangers,
        int maxConnections) {
    /** 250 ms and 15 retries, 60 s for the peer's program, 16,384 connections. */
    public static CmSettings defaults() {
        return new CmSettings(250, 15, 60_000, 200, 5_000, 256, 16_384);
    }
}
