package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;

/**
 * A posted receive in the arena, written by the owner and read by who sends:
 *
 * <pre>
 *  0 scatter entries   4 bytes in all   8 (shared queues) attach number of who claimed it
 * 16 address   24 length   28 key      and so on, 16 bytes an entry
 * </pre>
 */
final class ReceiveEntry {
    /** The key of a bounce slot, which the owner has checked itself; no region has it. */
    static final int BOUNCE_KEY = 0;

    static final int COUNT = 0;
    static final int TOTAL = 4;
    static final int FIRST = 16;
    private static final int SGE_BYTES = 16;

    private ReceiveEntry() {}

    static int bytes(int maxSge) {
        return Integer.highestOneBit(FIRST + SGE_BYTES * Math.max(1, maxSge) - 1) * 2;
    }

    static void write(ByteBuffer memory, int offset, int sges, int total) {
        Words.putInt(memory, offset + COUNT, sges);
        Words.putInt(memory, offset + TOTAL, total);
    }

    static void writeSge(ByteBuffer memory, int offset, int index, long address, int length, int key) {
        int at = offset + FIRST + index * SGE_BYTES;
        Words.putLong(memory, at, address);
        Words.putInt(memory, at + 8, length);
        Words.putInt(memory, at + 12, key);
    }

    /** Writes one whose only piece takes all of the message. */
    static void writeOne(LongBuffer memory, int offset, long address, int length, int key) {
        int at = offset >> 3;
        memory.put(at + (COUNT >> 3), Words.pair(1, length));
        memory.put(at + (FIRST >> 3), address);
        memory.put(at + (FIRST >> 3) + 1, Words.pair(length, key));
    }

    static int count(ByteBuffer memory, int offset) {
        return Words.getInt(memory, offset + COUNT);
    }

    static int total(ByteBuffer memory, int offset) {
        return Words.getInt(memory, offset + TOTAL);
    }

    static long address(ByteBuffer memory, int offset, int index) {
        return Words.getLong(memory, offset + FIRST + index * SGE_BYTES);
    }

    static int length(ByteBuffer memory, int offset, int index) {
        return Words.getInt(memory, offset + FIRST + index * SGE_BYTES + 8);
    }

    static int key(ByteBuffer memory, int offset, int index) {
        return Words.getInt(memory, offset + FIRST + index * SGE_BYTES + 12);
    }
}
