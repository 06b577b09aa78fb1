package io.openib.cli.programs;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells when this process's compiler has come to rest. A rank that is bound to a core shares it with its own compiler: as
 * long as that works, each takes whole slices of some milliseconds, and what is measured is the scheduler.
 */
final class WarmUp {
    /** Of the time that a round took, the compiler may have used so much. */
    private static final double QUIET_SHARE = 0.01;

    private static final int QUIET_ROUNDS = 2;
    static final int MOST_ROUNDS = 20;

    private final LongSupplier compilerMs;
    private final LongSupplier clockNs;
    private final long roundNs;
    private long roundStartNs;
    private long compiledMs;
    private int rounds;
    private int quietRounds;

    /** Rounds are meant to take so long each; with 0 there is none. */
    WarmUp(long roundNs) {
        this(roundNs, compilerOfThisProcess(), System::nanoTime);
    }

    /** By this compiler's time in milliseconds, and this clock. */
    WarmUp(long roundNs, LongSupplier compilerMs, LongSupplier clockNs) {
        this.roundNs = roundNs;
        this.compilerMs = compilerMs;
        this.clockNs = clockNs;
        this.roundStartNs = clockNs.getAsLong();
        this.compiledMs = compilerMs.getAsLong();
    }

    private static LongSupplier compilerOfThisProcess() {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        return compiler != null && compiler.isCompilationTimeMonitoringSupported()
                ? compiler::getTotalCompilationTime
                : () -> 0;
    }

    /** Whether another round is needed, after each: at most {@value #MOST_ROUNDS}. */
    boolean isNeeded() {
        if (roundNs == 0 || rounds == MOST_ROUNDS) {
            return false;
        }
        long nowNs = clockNs.getAsLong();
        long compiledNow = compilerMs.getAsLong();
        double share =
                (double) TimeUnit.MILLISECONDS.toNanos(compiledNow - compiledMs) / Math.max(1, nowNs - roundStartNs);
        quietRounds = rounds > 0 && share < QUIET_SHARE ? quietRounds + 1 : 0;
        roundStartNs = nowNs;
        compiledMs = compiledNow;
        rounds++;
        return quietRounds < QUIET_ROUNDS;
    }
}
