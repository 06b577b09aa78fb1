package io.openib.cli.programs;

import java.util.function.BooleanSupplier;

/** Tells when enough has been done for the compilers to have come to rest. */
final class WarmUp {
    private static final int QUIET_ROUNDS = 2;
    static final int MOST_ROUNDS = 20;

    private final boolean isWanted;
    private final BooleanSupplier isAtRest;
    private int rounds;
    private int quietRounds;

    /**
     * Of rounds that are yet to be made.
     *
     * @param isWanted whether there are to be any
     * @param isAtRest whether all that is to rest has done so since this was last asked
     */
    WarmUp(boolean isWanted, BooleanSupplier isAtRest) {
        this.isWanted = isWanted;
        this.isAtRest = isAtRest;
    }

    /** Whether another round is needed, after each: at most {@value #MOST_ROUNDS}. */
    boolean isNeeded() {
        if (!isWanted || rounds == MOST_ROUNDS) {
            return false;
        }
        boolean isQuiet = isAtRest.getAsBoolean() && rounds > 0;
        quietRounds = isQuiet ? quietRounds + 1 : 0;
        rounds++;
        return quietRounds < QUIET_ROUNDS;
    }
}
