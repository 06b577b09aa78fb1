package io.openib.cli.programs;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Tells when enough has been done for the compilers to have come to rest. */
final class WarmUp {
    private static final int QUIET_ROUNDS = 2;
    /** It ends after as long as so many rounds are meant to take: where all is slow, one may take many times that. */
    static final int MOST_ROUNDS = 100;

    private final long mostNs;
    private final BooleanSupplier isAtRest;
    private final LongSupplier clockNs;
    private final long startNs;
    private int rounds;
    private int quietRounds;

    /** Of rounds that are yet to be made, by the machine's clock. */
    WarmUp(long roundNs, BooleanSupplier isAtRest) {
        this(roundNs, isAtRest, System::nanoTime);
    }

    /**
     * Of rounds that are yet to be made.
     *
     * @param roundNs how long one is meant to take; 0 if there are to be none
     * @param isAtRest whether all that is to rest has done so since this was last asked
     */
    WarmUp(long roundNs, BooleanSupplier isAtRest, LongSupplier clockNs) {
        this.mostNs = roundNs * MOST_ROUNDS;
        this.isAtRest = isAtRest;
        this.clockNs = clockNs;
        this.startNs = clockNs.getAsLong();
    }

    /** Whether another round is needed, after each. */
    boolean isNeeded() {
        if (mostNs == 0) {
            return false;
        }
        boolean isQuiet = isAtRest.getAsBoolean() && rounds > 0;
        quietRounds = isQuiet ? quietRounds + 1 : 0;
        rounds++;
        return isRestless() && (rounds == 1 || clockNs.getAsLong() - startNs < mostNs);
    }

    /** Whether there has been no rest yet, though it was wanted: what is measured now, the compilers may be a part of. */
    boolean isRestless() {
        return mostNs > 0 && quietRounds < QUIET_ROUNDS;
    }
}
