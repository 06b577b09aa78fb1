package io.openib.verbs.soft;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Whether a poll is delivering: looking queue pairs up and writing to receives. Who takes either away changes what polls look
 * at first, and then waits here for the poll that may not have seen it. A sequence, odd meanwhile, as queue pairs have one for
 * operations. A poll that finds nothing does not touch it.
 */
final class Delivery {
    private static final VarHandle SEQUENCE;

    static {
        try {
            SEQUENCE = MethodHandles.lookup().findVarHandle(Delivery.class, "sequence", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Changed by who polls alone. */
    private long sequence;

    /** What follows is delivered, unless it is already so. It comes before any look at what may be withdrawn. By who polls. */
    void begin() {
        if ((sequence & 1) == 0) {
            SEQUENCE.setOpaque(this, sequence + 1);
            LateStores.beforeLook();
        }
    }

    /**
     * Nothing is delivered until the next {@link #begin}. By who polls; also before it takes a queue pair's lock, whose holder may
     * be waiting here.
     */
    void end() {
        if ((sequence & 1) != 0) {
            SEQUENCE.setRelease(this, sequence + 1);
        }
    }

    /**
     * Waits until what was being delivered is. Any thread that does not poll, once {@link LateStores#await} is behind what it
     * has changed: a delivery that begins later sees that.
     */
    void await() {
        long then = (long) SEQUENCE.getAcquire(this);
        while ((then & 1) != 0 && (long) SEQUENCE.getAcquire(this) == then) {
            Thread.yield();
        }
    }
}
