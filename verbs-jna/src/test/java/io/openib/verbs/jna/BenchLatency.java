package io.openib.verbs.jna;

import java.util.Arrays;

/**
 * Half round trips as {@code ib_send_lat} and {@code ib_write_lat} do them. Clocks are read once in a few round trips, since
 * perftest reads a register where Java asks the kernel's clock, which an emulated processor makes dear.
 */
final class BenchLatency {
    private static final int TRIPS_PER_STAMP = 5;

    private final BenchSide near;
    private final BenchSide far;
    private final int iterations;
    private final boolean isWrite;

    BenchLatency(BenchSide near, BenchSide far, int iterations, boolean isWrite) {
        this.near = near;
        this.far = far;
        this.iterations = iterations / TRIPS_PER_STAMP * TRIPS_PER_STAMP;
        this.isWrite = isWrite;
    }

    /** The median. */
    BenchFigure run() throws InterruptedException {
        long[] stampsNs = new long[iterations / TRIPS_PER_STAMP + 1];
        near.begin(far);
        far.begin(near);
        Thread echo = new Thread(isWrite ? this::echoWrites : this::echoSends);
        echo.start();
        long before = BenchFigure.allocated();
        if (isWrite) {
            writes(stampsNs);
        } else {
            sends(stampsNs);
        }
        long allocated = BenchFigure.allocated() - before;
        echo.join();
        for (int i = stampsNs.length - 1; i > 0; i--) {
            stampsNs[i] -= stampsNs[i - 1];
        }
        Arrays.sort(stampsNs, 1, stampsNs.length);
        double medianNs = stampsNs[stampsNs.length / 2];
        return new BenchFigure(medianNs / TRIPS_PER_STAMP / 2 / 1000, allocated);
    }

    private void sends(long[] stampsNs) {
        stampsNs[0] = System.nanoTime();
        for (int stamp = 1; stamp < stampsNs.length; stamp++) {
            for (int i = 0; i < TRIPS_PER_STAMP; i++) {
                near.send();
                near.awaitReceive();
            }
            stampsNs[stamp] = System.nanoTime();
        }
        near.drain();
    }

    private void echoSends() {
        for (int i = 0; i < iterations; i++) {
            far.awaitReceive();
            far.send();
        }
        far.drain();
    }

    private void writes(long[] stampsNs) {
        stampsNs[0] = System.nanoTime();
        int count = 0;
        for (int stamp = 1; stamp < stampsNs.length; stamp++) {
            for (int i = 0; i < TRIPS_PER_STAMP; i++) {
                near.write(++count);
                near.awaitWritten(count);
            }
            stampsNs[stamp] = System.nanoTime();
        }
    }

    private void echoWrites() {
        for (int count = 1; count <= iterations; count++) {
            far.awaitWritten(count);
            far.write(count);
        }
    }
}
