package io.openib.verbs.soft.cm;

import java.util.Random;

/** Faults by chance, counted. */
final class SeededCmFaults implements CmFaults {
    private final Random random;
    private final double loss;
    private final double duplication;
    private final double delay;
    private final int maxDelayMs;
    int lost;
    int duplicated;
    int delayed;
    int rejected;
    int rejections;

    SeededCmFaults(long seed, double loss, double duplication, double delay, int maxDelayMs) {
        this.random = new Random(seed);
        this.loss = loss;
        this.duplication = duplication;
        this.delay = delay;
        this.maxDelayMs = maxDelayMs;
    }

    @Override
    public Fate fateOf(CmMessageKind kind) {
        if (random.nextDouble() < loss) {
            lost++;
            return Fate.LOST;
        }
        boolean isDuplicated = random.nextDouble() < duplication;
        boolean isDelayed = random.nextDouble() < delay;
        duplicated += isDuplicated ? 1 : 0;
        delayed += isDelayed ? 1 : 0;
        return new Fate(false, isDelayed ? 1 + random.nextInt(maxDelayMs) : 0, isDuplicated);
    }

    @Override
    public boolean rejectsRequest() {
        if (rejections > 0) {
            rejections--;
            rejected++;
            return true;
        }
        return false;
    }
}
