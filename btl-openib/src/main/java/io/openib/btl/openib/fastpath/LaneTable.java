package io.openib.btl.openib.fastpath;

import org.jspecify.annotations.Nullable;

/** Lanes by the number of any of their queue pairs: open addressing, linear probing. */
final class LaneTable {
    private static final int HASH = 0x9E3779B9;

    private int[] numbers = new int[64];
    private @Nullable Lane[] lanes = new @Nullable Lane[64];
    private int size;

    @Nullable
    Lane find(int qpNumber) {
        int mask = numbers.length - 1;
        int at = slot(qpNumber, mask);
        while (true) {
            Lane lane = lanes[at];
            if (lane == null || numbers[at] == qpNumber) {
                return lane;
            }
            at = (at + 1) & mask;
        }
    }

    void put(int qpNumber, Lane lane) {
        if (++size * 2 > numbers.length) {
            rebuild(numbers.length * 2, null);
        }
        insert(qpNumber, lane);
    }

    /** Takes out all numbers of a lane. */
    void remove(Lane gone) {
        rebuild(numbers.length, gone);
    }

    private void insert(int qpNumber, Lane lane) {
        int mask = numbers.length - 1;
        int at = slot(qpNumber, mask);
        while (lanes[at] != null && numbers[at] != qpNumber) {
            at = (at + 1) & mask;
        }
        numbers[at] = qpNumber;
        lanes[at] = lane;
    }

    private void rebuild(int capacity, @Nullable Lane gone) {
        int[] oldNumbers = numbers;
        @Nullable Lane[] oldLanes = lanes;
        numbers = new int[capacity];
        lanes = new @Nullable Lane[capacity];
        for (int i = 0; i < oldNumbers.length; i++) {
            Lane lane = oldLanes[i];
            if (lane != null && lane != gone) {
                insert(oldNumbers[i], lane);
            } else if (lane != null) {
                size--;
            }
        }
    }

    private static int slot(int qpNumber, int mask) {
        return ((qpNumber * HASH) >>> 7) & mask;
    }
}
