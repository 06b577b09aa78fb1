package io.openib.verbs.jna;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What one run gave.
 *
 * @param value us, or MB/s
 * @param allocatedBytes by the measuring thread, while it measured
 */
record BenchFigure(double value, long allocatedBytes) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Bytes that this thread has allocated in its life. */
    static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
