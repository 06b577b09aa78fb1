package io.openib.cli.programs;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells whether this process's compiler rests. A rank that is bound to a core shares it with its own compiler: as long as that
 * works, each takes whole slices of some milliseconds, and what is measured is the scheduler.
 *
 * <p>The compiler tells its time only when it is through with a method, and may take a second for one; the processor time of
 * the virtual machine's own threads, in ticks of 10 ms, tells of that.
 */
final class CompilerRest {
    /** Of the time that passed, the compiler may have told of so much. */
    private static final double MOST_COMPILED = 0.01;

    /** And the virtual machine's threads may have run for so much. */
    private static final double MOST_RUN = 0.1;

    private final LongSupplier compiledNs;
    private final LongSupplier runNs;
    private final LongSupplier clockNs;
    private long sinceNs;
    private long compiledBeforeNs;
    private long runBeforeNs;

    CompilerRest() {
        this(compilerOfThisProcess(), CompilerRest::ownThreadsNs, System::nanoTime);
    }

    /** By what the compiler tells, by what the virtual machine's threads have run, and by this clock. */
    CompilerRest(LongSupplier compiledNs, LongSupplier runNs, LongSupplier clockNs) {
        this.compiledNs = compiledNs;
        this.runNs = runNs;
        this.clockNs = clockNs;
        isAtRest();
    }

    private static LongSupplier compilerOfThisProcess() {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        return compiler != null && compiler.isCompilationTimeMonitoringSupported()
                ? () -> TimeUnit.MILLISECONDS.toNanos(compiler.getTotalCompilationTime())
                : () -> 0;
    }

    /** Of all threads but Java's. */
    private static long ownThreadsNs() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        if (!threads.isThreadCpuTimeSupported()
                || !(ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean process)) {
            return 0;
        }
        long ns = process.getProcessCpuTime();
        for (long id : threads.getAllThreadIds()) {
            ns -= Math.max(0, threads.getThreadCpuTime(id)); // -1 for one that has just ended
        }
        return ns;
    }

    /** Whether it has rested since this was last asked. */
    boolean isAtRest() {
        long now = clockNs.getAsLong();
        long compiled = compiledNs.getAsLong();
        long run = runNs.getAsLong();
        double passedNs = Math.max(1, now - sinceNs);
        boolean isAtRest =
                (compiled - compiledBeforeNs) / passedNs < MOST_COMPILED && (run - runBeforeNs) / passedNs < MOST_RUN;
        sinceNs = now;
        compiledBeforeNs = compiled;
        runBeforeNs = run;
        return isAtRest;
    }
}
