package io.openib.cli.limits;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Copies between two buffers, whose content is checked before and after. */
final class MemoryCopy {
    private static final int BATCHES = 50;
    private static final int WARM_UP_BATCHES = 20;
    private static final int COPIES = 20;
    private static final int STRIDE = 31;

    private final ByteBuffer source;
    private final ByteBuffer target;

    MemoryCopy(ByteBuffer source, ByteBuffer target) {
        this.source = source;
        this.target = target;
        for (int i = 0; i < source.capacity(); i++) {
            source.put(i, (byte) (i * STRIDE));
        }
    }

    /** The median over batches; a megabyte has a million bytes. */
    double megabytesPerSecond() {
        double[] rates = new double[BATCHES];
        for (int batch = -WARM_UP_BATCHES; batch < BATCHES; batch++) {
            long startNs = System.nanoTime();
            for (int i = 0; i < COPIES; i++) {
                target.put(0, source, 0, source.capacity());
            }
            if (batch >= 0) {
                rates[batch] = (double) COPIES * source.capacity() * 1e3 / (System.nanoTime() - startNs);
            }
        }
        if (target.mismatch(source) >= 0) {
            throw new LimitsException("memory differs from what was copied into it");
        }
        Arrays.sort(rates);
        return rates[BATCHES / 2];
    }
}
