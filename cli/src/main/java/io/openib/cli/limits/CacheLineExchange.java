package io.openib.cli.limits;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Two processes answer each other through one cache line each: rank 0 writes a number into its line, rank 1 sees it and
 * writes it into the other.
 */
final class CacheLineExchange {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final int PAGE_BYTES = 4_096;
    private static final int BATCHES = 300;
    private static final int WARM_UP_BATCHES = 100;
    private static final int ROUNDS = 1_000;
    private static final int SPINS = 100_000;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    private final ByteBuffer lines;
    private final boolean isFirst;

    CacheLineExchange(ByteBuffer lines, boolean isFirst) {
        this.lines = lines;
        this.isFirst = isFirst;
    }

    /** The median over batches of half a round trip, in microseconds. */
    double run() {
        double[] halfUs = new double[BATCHES];
        long number = 0;
        for (int batch = -WARM_UP_BATCHES; batch < BATCHES; batch++) {
            long startNs = System.nanoTime();
            number = isFirst ? call(number) : answer(number);
            if (batch >= 0) {
                halfUs[batch] = (System.nanoTime() - startNs) / (2e3 * ROUNDS);
            }
        }
        Arrays.sort(halfUs);
        return halfUs[BATCHES / 2];
    }

    private long call(long from) {
        long last = from + ROUNDS;
        for (long number = from + 1; number <= last; number++) {
            LONG.setRelease(lines, 0, number);
            await(PAGE_BYTES, number);
        }
        return last;
    }

    private long answer(long from) {
        long last = from + ROUNDS;
        for (long number = from + 1; number <= last; number++) {
            await(0, number);
            LONG.setRelease(lines, PAGE_BYTES, number);
        }
        return last;
    }

    private void await(int offset, long number) {
        int spins = 0;
        while ((long) LONG.getAcquire(lines, offset) != number) {
            Thread.onSpinWait();
            if (++spins == SPINS) {
                awaitPatiently(offset, number);
                return;
            }
        }
    }

    /** The peer may need this very core. */
    @SuppressWarnings("ThreadPriorityCheck")
    private void awaitPatiently(int offset, long number) {
        long startNs = System.nanoTime();
        while ((long) LONG.getAcquire(lines, offset) != number) {
            Thread.yield();
            if (System.nanoTime() - startNs > PATIENCE_NS) {
                throw new LimitsException("the other rank has not answered for a minute");
            }
        }
    }
}
