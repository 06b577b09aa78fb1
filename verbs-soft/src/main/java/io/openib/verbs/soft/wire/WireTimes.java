package io.openib.verbs.soft.wire;

/**
 * How long the wire waits, in nanoseconds.
 *
 * @param patience for a connection that was taken to show who it is
 * @param greeting for a process that was dialled to answer the greeting, the first time; twice as long after each failure, up
 *     to {@code patience}
 * @param silence for an answer, before the connection is closed for another to be dialled
 * @param idle a connection that nobody uses is kept; the end that was dialled keeps it three times as long
 * @param acceptPause after no connection could be taken, for want of file descriptors
 */
record WireTimes(long patience, long greeting, long silence, long idle, long acceptPause) {
    private static final long MILLISECOND = 1_000_000;

    static final WireTimes DEFAULT = new WireTimes(
            5_000 * MILLISECOND, 1_000 * MILLISECOND, 1_000 * MILLISECOND, 30_000 * MILLISECOND, 100 * MILLISECOND);
}
