package io.openib.verbs.soft;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** The counters of this process's software device. Cold ones only: the fast path keeps its own in its queue pairs. */
public final class SoftCounters {
    private static final AtomicLongArray VALUES = new AtomicLongArray(SoftCounter.values().length);

    private SoftCounters() {}

    @SuppressWarnings("EnumOrdinal") // an index into the array, nothing that leaves the process
    static void count(SoftCounter counter) {
        VALUES.incrementAndGet(counter.ordinal());
    }

    /** What was counted since the process began. */
    @SuppressWarnings("EnumOrdinal")
    public static long value(SoftCounter counter) {
        return VALUES.get(counter.ordinal());
    }

    /** All of them. */
    public static Map<SoftCounter, Long> all() {
        Map<SoftCounter, Long> all = new EnumMap<>(SoftCounter.class);
        for (SoftCounter counter : SoftCounter.values()) {
            all.put(counter, value(counter));
        }
        return all;
    }
}
