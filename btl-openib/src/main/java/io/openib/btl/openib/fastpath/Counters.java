package io.openib.btl.openib.fastpath;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The values of {@link Counter}: written by the owner, read by anyone, who may see them late. */
@SuppressWarnings("EnumOrdinal") // An array by ordinal is what a counter on the hot path costs least with.
public final class Counters {
    private final long[] values = new long[Counter.values().length];

    public void add(Counter counter) {
        values[counter.ordinal()]++;
    }

    public long value(Counter counter) {
        return values[counter.ordinal()];
    }

    /** All of them, by lower-case name. */
    public Map<String, Long> snapshot() {
        Map<String, Long> snapshot = new LinkedHashMap<>();
        for (Counter counter : Counter.values()) {
            snapshot.put(counter.name().toLowerCase(Locale.ROOT), value(counter));
        }
        return snapshot;
    }
}
