package io.openib.verbs.soft;

import io.openib.verbs.QpCapabilities;
import io.openib.verbs.SendFlag;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Sends that wait for the device thread, in order. The poster adds, the device thread takes; the count is how they hand
 * over: the poster runs a send itself only while it is zero.
 */
final class PendingSends {
    private final int capacity;
    private final int maxSge;
    private final int maxInline;
    private SoftSendWr @Nullable [] requests;
    private long[] slots = new long[0];
    private ByteBuffer @Nullable [] inlined;
    private long added;
    private long taken;
    private volatile int count;
    private volatile boolean isFirstTried;
    private volatile int firstOutcome;

    PendingSends(QpCapabilities capabilities) {
        this.capacity = Integer.highestOneBit(Math.max(1, capabilities.maxSendWr() - 1)) * 2;
        this.maxSge = capabilities.maxSendSge();
        this.maxInline = capabilities.maxInlineData();
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Adds a send; says whether it is the only one. */
    boolean add(SoftSendWr wr, long slot, SoftPd pd) {
        SoftSendWr[] all = requests;
        ByteBuffer[] data = inlined;
        if (all == null || data == null) {
            all = new SoftSendWr[capacity];
            data = new ByteBuffer[capacity];
            requests = all;
            inlined = data;
            slots = new long[capacity];
        }
        int index = (int) added & capacity - 1;
        if (all[index] == null) {
            all[index] = new SoftSendWr(maxSge);
            data[index] = ByteBuffer.allocate(maxInline).order(ByteOrder.nativeOrder());
        }
        all[index].copyFrom(wr);
        if (wr.isInline()) {
            data[index].clear();
            Pieces pieces = new Pieces(Math.max(1, wr.sgeCount));
            if (pd.adapter().regions().collect(pd, wr, false, pieces) == 0) {
                pieces.copyTo(data[index], 0);
                data[index].limit(pieces.totalBytes());
            } else {
                // There is nothing to keep: it fails when its turn comes, as it would have at once.
                all[index].flags &= ~SendFlag.INLINE;
            }
        }
        slots[index] = slot;
        added++;
        synchronized (this) {
            return ++count == 1;
        }
    }

    /** How the poster's own attempt went, before the send is added as the only one. */
    void firstFailedWith(int outcome) {
        firstOutcome = outcome;
        isFirstTried = true;
    }

    /** What the poster's attempt said, once; 0 when there was none. */
    int takeFirstOutcome() {
        if (!isFirstTried) {
            return 0;
        }
        isFirstTried = false;
        return firstOutcome;
    }

    SoftSendWr first() {
        return java.util.Objects.requireNonNull(requests)[(int) taken & capacity - 1];
    }

    long firstSlot() {
        return slots[(int) taken & capacity - 1];
    }

    /** The inline data of the first, as it was when it was posted. */
    ByteBuffer firstInline() {
        return java.util.Objects.requireNonNull(inlined)[(int) taken & capacity - 1];
    }

    /** How many there are, for who carries them. */
    int size() {
        return count;
    }

    /** The one that comes so many after the first. */
    SoftSendWr get(int afterFirst) {
        return java.util.Objects.requireNonNull(requests)[(int) (taken + afterFirst) & capacity - 1];
    }

    /** Its inline data. */
    ByteBuffer inline(int afterFirst) {
        return java.util.Objects.requireNonNull(inlined)[(int) (taken + afterFirst) & capacity - 1];
    }

    void removeFirst() {
        taken++;
        synchronized (this) {
            count--;
        }
    }

    void clear() {
        taken = added;
        synchronized (this) {
            count = 0;
        }
        isFirstTried = false;
    }
}
