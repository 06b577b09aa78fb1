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

    void put(Lane lane) {
        for (LaneQueue queue : lane.queues) {
            put(queue.qp.number(), lane);
        }
    }

    void put(int qpNumber, Lane lane) {
        if ((size + 1) * 2 > numbers.length) {
            grow();
        }
        insert(qpNumber, lane);
    }

    private void grow() {
        int[] oldNumbers = numbers;
        @Nullable Lane[] oldLanes = lanes;
        numbers = new int[oldNumbers.length * 2];
        lanes = new @Nullable Lane[oldNumbers.length * 2];
        size = 0;
        for (int i = 0; i < oldNumbers.length; i++) {
            Lane lane = oldLanes[i];
            if (lane != null) {
                insert(oldNumbers[i], lane);
            }
        }
    }

    private void insert(int qpNumber, Lane lane) {
        int at = at(qpNumber);
        size += lanes[at] == null ? 1 : 0;
        numbers[at] = qpNumber;
        lanes[at] = lane;
    }

    /** Where a number is, or would be put. */
    private int at(int qpNumber) {
        int mask = numbers.length - 1;
        int at = slot(qpNumber, mask);
        while (lanes[at] != null && numbers[at] != qpNumber) {
            at = (at + 1) & mask;
        }
        return at;
    }

    /** Takes out all numbers of a lane. */
    void remove(Lane gone) {
        for (LaneQueue queue : gone.queues) {
            remove(queue.qp.number(), gone);
        }
    }

    /**
     * Takes a number out, if it is still this lane's: those behind it that were displaced by it, or by others before it, move up, so
     * that what it costs does not grow with the table.
     *
     * @return how many entries were looked at, besides those before it
     */
    int remove(int qpNumber, Lane gone) {
        int mask = numbers.length - 1;
        int hole = at(qpNumber);
        if (lanes[hole] != gone) {
            return 1;
        }
        int next = (hole + 1) & mask;
        int looked = 1;
        for (; lanes[next] != null; next = (next + 1) & mask) {
            int displaced = (next - slot(numbers[next], mask)) & mask;
            if (displaced >= ((next - hole) & mask)) {
                numbers[hole] = numbers[next];
                lanes[hole] = lanes[next];
                hole = next;
            }
            looked++;
        }
        lanes[hole] = null;
        size--;
        return looked;
    }

    private static int slot(int qpNumber, int mask) {
        return ((qpNumber * HASH) >>> 7) & mask;
    }
}
