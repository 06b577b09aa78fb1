package io.openib.mca;

import java.util.Random;

/** Random numbers whose seed is printed; {@code -Dseed=N} brings a failure back. */
final class SeededRandom {
    private SeededRandom() {}

    static Random create(Class<?> test) {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println(test.getSimpleName() + ": -Dseed=" + seed);
        return new Random(seed);
    }
}
