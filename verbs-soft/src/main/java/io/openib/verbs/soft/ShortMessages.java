package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * Copies of up to 48 bytes between a memory and the words of a line: a call of the bulk copy costs more than a few words, and so
 * does a loop over them, which the compiler splits in three.
 */
final class ShortMessages {
    private static final int WORDS = 6;
    private static final boolean IS_LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private ShortMessages() {}

    /** Copies into words, the last of which is filled up with zeros. */
    static void put(ByteBuffer from, int offset, LongBuffer words, int at, int length) {
        int whole = length >>> 3;
        if (whole >= 1) {
            words.put(at, Words.getLongPlain(from, offset));
        }
        if (whole >= 2) {
            words.put(at + 1, Words.getLongPlain(from, offset + 8));
        }
        if (whole >= 3) {
            words.put(at + 2, Words.getLongPlain(from, offset + 16));
        }
        if (whole >= 4) {
            words.put(at + 3, Words.getLongPlain(from, offset + 24));
        }
        if (whole >= 5) {
            words.put(at + 4, Words.getLongPlain(from, offset + 32));
        }
        if (whole >= WORDS) {
            words.put(at + 5, Words.getLongPlain(from, offset + 40));
        }
        if ((length & 7) != 0) {
            words.put(at + whole, last(from, offset + (whole << 3), length & 7));
        }
    }

    private static long last(ByteBuffer from, int offset, int bytes) {
        long word = 0;
        for (int i = 0; i < bytes; i++) {
            word |= (from.get(offset + i) & 0xffL) << shift(i);
        }
        return word;
    }

    /** Copies out of words. */
    static void get(LongBuffer words, int at, ByteBuffer to, int offset, int length) {
        int whole = length >>> 3;
        if (whole >= 1) {
            Words.putLongPlain(to, offset, words.get(at));
        }
        if (whole >= 2) {
            Words.putLongPlain(to, offset + 8, words.get(at + 1));
        }
        if (whole >= 3) {
            Words.putLongPlain(to, offset + 16, words.get(at + 2));
        }
        if (whole >= 4) {
            Words.putLongPlain(to, offset + 24, words.get(at + 3));
        }
        if (whole >= 5) {
            Words.putLongPlain(to, offset + 32, words.get(at + 4));
        }
        if (whole >= WORDS) {
            Words.putLongPlain(to, offset + 40, words.get(at + 5));
        }
        if ((length & 7) != 0) {
            putLast(words.get(at + whole), to, offset + (whole << 3), length & 7);
        }
    }

    private static void putLast(long word, ByteBuffer to, int offset, int bytes) {
        for (int i = 0; i < bytes; i++) {
            to.put(offset + i, (byte) (word >>> shift(i)));
        }
    }

    /** By how many bits the byte of this number in memory stands above a word's lowest. */
    private static int shift(int index) {
        return (IS_LITTLE ? index : Long.BYTES - 1 - index) << 3;
    }
}
