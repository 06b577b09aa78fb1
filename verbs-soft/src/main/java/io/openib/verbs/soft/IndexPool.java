package io.openib.verbs.soft;

import java.util.ArrayDeque;

/** Indices of a table, from 1. One that was given back rests until many others were given out. Guarded by its owner. */
final class IndexPool {
    private static final int REST = 64;

    private final int capacity;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private int next = 1;

    IndexPool(int capacity) {
        this.capacity = capacity;
    }

    /** An index; -1 when there is none. */
    int take() {
        if (free.size() > REST || (next >= capacity && !free.isEmpty())) {
            return free.removeFirst();
        }
        return next < capacity ? next++ : -1;
    }

    void giveBack(int index) {
        free.addLast(index);
    }
}
