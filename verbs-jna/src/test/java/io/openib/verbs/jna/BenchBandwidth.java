package io.openib.verbs.jna;

/** A stream as {@code ib_send_bw} and {@code ib_write_bw} send it: as much under way as the queue holds, each one signalled. */
final class BenchBandwidth {
    private static final double MIB = 1 << 20;

    private final BenchSide near;
    private final BenchSide far;
    private final int iterations;
    private final boolean isWrite;

    BenchBandwidth(BenchSide near, BenchSide far, int iterations, boolean isWrite) {
        this.near = near;
        this.far = far;
        this.iterations = iterations;
        this.isWrite = isWrite;
    }

    /** To the last completion. */
    BenchFigure run() throws InterruptedException {
        near.begin(far);
        far.begin(near);
        Thread sink = new Thread(() -> far.sink(isWrite ? 0 : iterations));
        sink.start();
        long before = BenchFigure.allocated();
        long startNs = System.nanoTime();
        near.stream(isWrite, iterations);
        double seconds = (System.nanoTime() - startNs) / 1e9;
        long allocated = BenchFigure.allocated() - before;
        sink.join();
        return new BenchFigure((double) near.bytes() * iterations / seconds / MIB, allocated); // perftest's MB
    }
}
