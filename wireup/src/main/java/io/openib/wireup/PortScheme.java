package io.openib.wireup;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One selected scheme on one port, and this side's attempts by it in the order in which they began. Control thread only. */
final class PortScheme {
    /** An attempt may take two deadlines where the peer leaves it half open; the third is for a scheme that runs late itself. */
    private static final int MOST_DEADLINES = 3;

    private static final long LONGEST_DEADLINE_MS = TimeUnit.DAYS.toMillis(1);

    private final String name;
    private final WireupModule module;
    private final long mostMs;
    private final Set<Object> underWay = new LinkedHashSet<>();
    private boolean hasTold;
    private long lastToldNs;

    /** @throws IllegalStateException if the module's deadline is none */
    PortScheme(String name, WireupModule module) {
        long deadlineMs = module.deadlineMs();
        if (deadlineMs < 1 || deadlineMs > LONGEST_DEADLINE_MS) {
            throw new IllegalStateException(
                    "its deadline is " + deadlineMs + " ms, and may be 1 to " + LONGEST_DEADLINE_MS);
        }
        this.name = name;
        this.module = module;
        this.mostMs = MOST_DEADLINES * deadlineMs;
    }

    String name() {
        return name;
    }

    WireupModule module() {
        return module;
    }

    /** How long an attempt that has its turn is waited for, in milliseconds. */
    long mostMs() {
        return mostMs;
    }

    /** An attempt begins, or comes into line behind those before it. */
    void join(Object attempt) {
        underWay.add(attempt);
    }

    /** It was given up. */
    void leave(Object attempt) {
        underWay.remove(attempt);
    }

    /** The scheme has told how it ended; of one that was given up that is no sign of life. */
    void leaveWithOutcome(Object attempt, long nowNs) {
        if (underWay.remove(attempt)) {
            hasTold = true;
            lastToldNs = nowNs;
        }
    }

    /** Whether none that began before it is under way: it has its turn. */
    boolean isFirst(Object attempt) {
        Iterator<Object> all = underWay.iterator();
        return all.hasNext() && all.next() == attempt;
    }

    /** Whether the scheme has ended an attempt since then. */
    boolean hasToldSince(long sinceNs) {
        return hasTold && lastToldNs - sinceNs > 0;
    }
}
