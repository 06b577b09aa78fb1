package io.openib.verbs.soft;

/**
 * What a memory region shows in its owner's arena: 32 bytes, written by the owner.
 *
 * <pre>
 *  0 word: access flags 32 | key 32     0 when the entry is free; written last, cleared first
 *  8 address   16 length   24 domain
 * </pre>
 *
 * A key is the entry's index in its upper 24 bits and a count of its uses in the lower 8.
 */
final class MrContext {
    static final int BYTES = 32;
    static final int WORD = 0;
    static final int ADDRESS = 8;
    static final int LENGTH = 16;
    static final int DOMAIN = 24;

    private MrContext() {}

    static int index(int key) {
        return key >>> 8;
    }

    static long word(int access, int key) {
        return (long) access << 32 | (key & 0xffffffffL);
    }

    static int key(long word) {
        return (int) word;
    }

    static int access(long word) {
        return (int) (word >>> 32);
    }
}
