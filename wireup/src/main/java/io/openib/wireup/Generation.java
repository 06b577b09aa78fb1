package io.openib.wireup;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Numbers the modules that ever bear one process's name, so that a peer tells them apart and knows which process came
 * later. The clock is asked once in a process: below its start count the modules, which therefore need no clock that goes
 * forward, nor a millisecond each.
 *
 * <pre>
 *   63                                   20 19                 0
 *  +---------------------------------------+--------------------+
 *  | start of the process, ms              | module, from 1     |
 *  +---------------------------------------+--------------------+
 * </pre>
 *
 * <p>Safe for every thread.
 */
final class Generation {
    private static final int MODULE_BITS = 20;
    private static final AtomicLong LAST = new AtomicLong(of(System.currentTimeMillis(), 0));

    private Generation() {}

    /** For a new module of this process. */
    static long next() {
        return LAST.incrementAndGet();
    }

    static long of(long startMs, int module) {
        return (startMs << MODULE_BITS) + module;
    }

    /** The one that all modules of the same process come after, and those of every earlier process do not. */
    static long before(long generation) {
        return generation >> MODULE_BITS << MODULE_BITS;
    }

    static boolean isOfOneProcess(long one, long other) {
        return before(one) == before(other);
    }
}
