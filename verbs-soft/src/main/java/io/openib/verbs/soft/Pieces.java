package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;

/** A message's memory, piece by piece: what a gather or scatter list turns into. Reused; one thread at a time. */
final class Pieces {
    private static final int FEW_BYTES = 32;

    private final ByteBuffer[] memories;
    private final int[] offsets;
    private final int[] lengths;
    private int count;
    private int totalBytes;

    Pieces(int most) {
        memories = new ByteBuffer[most];
        offsets = new int[most];
        lengths = new int[most];
    }

    void clear() {
        count = 0;
        totalBytes = 0;
    }

    void add(ByteBuffer memory, int offset, int length) {
        memories[count] = memory;
        offsets[count] = offset;
        lengths[count] = length;
        count++;
        totalBytes += length;
    }

    /** Makes one piece of this. */
    void setOnly(ByteBuffer memory, int offset, int length) {
        memories[0] = memory;
        offsets[0] = offset;
        lengths[0] = length;
        count = 1;
        totalBytes = length;
    }

    int totalBytes() {
        return totalBytes;
    }

    /** Copies as many of these bytes as there are into a memory. */
    void copyTo(ByteBuffer memory, int offset) {
        if (count == 1) {
            copy(memories[0], offsets[0], memory, offset, totalBytes);
            return;
        }
        int at = offset;
        for (int i = 0; i < count; i++) {
            copy(memories[i], offsets[i], memory, at, lengths[i]);
            at += lengths[i];
        }
    }

    /** Copies some of these bytes, from {@code skip} on, into a memory. */
    void copyRangeTo(int skip, int length, ByteBuffer memory, int offset) {
        int before = 0;
        for (int i = 0; i < count; i++) {
            int from = Math.max(skip, before);
            int until = Math.min(skip + length, before + lengths[i]);
            if (from < until) {
                copy(memories[i], offsets[i] + from - before, memory, offset + from - skip, until - from);
            }
            before += lengths[i];
        }
    }

    /** Copies these bytes into as much of the other pieces as they fill, from {@code skip} bytes on. */
    void copyTo(Pieces other, int skip) {
        int to = 0;
        int toOffset = skip;
        while (to < other.count && toOffset >= other.lengths[to]) {
            toOffset -= other.lengths[to++];
        }
        for (int from = 0; from < count; from++) {
            int done = 0;
            while (done < lengths[from]) {
                int length = Math.min(lengths[from] - done, other.lengths[to] - toOffset);
                copy(memories[from], offsets[from] + done, other.memories[to], other.offsets[to] + toOffset, length);
                done += length;
                toOffset += length;
                while (to < other.count - 1 && toOffset >= other.lengths[to]) {
                    toOffset -= other.lengths[to++];
                }
            }
        }
    }

    /** Fills the pieces from a memory. */
    void fillFrom(ByteBuffer memory, int offset, int length) {
        int at = offset;
        int left = length;
        for (int i = 0; i < count && left > 0; i++) {
            int part = Math.min(left, lengths[i]);
            copy(memory, at, memories[i], offsets[i], part);
            at += part;
            left -= part;
        }
    }

    /**
     * Copies 0 to {@value #FEW_BYTES} bytes. A call of the bulk copy costs more than a few words, and so does a loop over them,
     * which the compiler splits in three.
     */
    private static void copyFew(ByteBuffer from, int fromOffset, ByteBuffer to, int toOffset, int length) {
        if (length >= Long.BYTES) {
            copyWord(from, fromOffset, to, toOffset);
        }
        if (length >= 2 * Long.BYTES) {
            copyWord(from, fromOffset + Long.BYTES, to, toOffset + Long.BYTES);
        }
        if (length >= 3 * Long.BYTES) {
            copyWord(from, fromOffset + 2 * Long.BYTES, to, toOffset + 2 * Long.BYTES);
        }
        if (length >= 4 * Long.BYTES) {
            copyWord(from, fromOffset + 3 * Long.BYTES, to, toOffset + 3 * Long.BYTES);
        }
        for (int at = length & -Long.BYTES; at < length; at++) {
            to.put(toOffset + at, from.get(fromOffset + at));
        }
    }

    private static void copyWord(ByteBuffer from, int fromOffset, ByteBuffer to, int toOffset) {
        Words.putLongPlain(to, toOffset, Words.getLongPlain(from, fromOffset));
    }

    static void copy(ByteBuffer from, int fromOffset, ByteBuffer to, int toOffset, int length) {
        if (length > FEW_BYTES) {
            to.put(toOffset, from, fromOffset, length);
        } else {
            copyFew(from, fromOffset, to, toOffset, length);
        }
    }
}
