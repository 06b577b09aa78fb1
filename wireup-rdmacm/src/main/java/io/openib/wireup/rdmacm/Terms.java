package io.openib.wireup.rdmacm;

/**
 * What one port wires up with, beside what the port itself says.
 *
 * @param numbers of the requests of all ports of this process
 * @param queues receive queues, hence queue pairs in a set
 * @param queuesPerExchange all of them, or 1
 * @param resolveTimeoutMs for the address, and for the route
 * @param retryCount how often a failed step or try is repeated
 * @param backoffMs the longest wait before the first repetition; it doubles up to 16 times that
 * @param deadlineMs for an attempt with all repetitions
 * @param maxAttempts attempts of ours at a time that have begun to ask
 */
record Terms(
        AttemptNumbers numbers,
        int queues,
        int queuesPerExchange,
        int resolveTimeoutMs,
        int retryCount,
        long backoffMs,
        long deadlineMs,
        int maxAttempts) {}
