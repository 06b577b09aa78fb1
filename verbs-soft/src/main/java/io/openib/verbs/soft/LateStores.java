package io.openib.verbs.soft;

import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * An order of stores and later loads that costs only one side. Who posts or delivers stores, and then loads what another thread may
 * have changed; a fence between the two would wait for lines that the peer has, as long as a message takes. So there is none, and
 * who has changed something (an error, RESET, close, deregister: all rare) waits until what others had stored before they looked
 * must show.
 *
 * <p>The Java memory model promises no such time. Processors do: a store is on its way to the others once it is retired, whatever its
 * thread does next, and there within some microseconds.
 */
final class LateStores {
    private static final long LATE_NS = TimeUnit.MICROSECONDS.toNanos(50);

    private LateStores() {}

    /** Keeps the compiler from moving what follows before the store; on x86 it is no instruction. By who must be quick. */
    static void beforeLook() {
        VarHandle.releaseFence();
    }

    /**
     * Waits until whoever has not seen what the caller has changed is seen by it. By who may take its time: 50 microseconds,
     * without giving its processor away.
     */
    static void await() {
        VarHandle.fullFence();
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < LATE_NS) {
            Thread.onSpinWait();
        }
        VarHandle.fullFence();
    }
}
