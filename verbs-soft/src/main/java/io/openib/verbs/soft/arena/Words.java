package io.openib.verbs.soft.arena;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * Words of mapped memory in native byte order, aligned, with the memory order in the method's name. Those without one are
 * opaque: whole, in no order with others, and inlined however deep the caller lies.
 *
 * <p>An opaque access makes the compiler forget all that it knows of the buffer, and look at it again. So what a short message
 * costs is plain: {@linkplain #getLongPlain one word} of any alignment, or a {@linkplain #of buffer of whole words}. Each of
 * those stands behind an acquire or a fence, or before a release; nobody waits for one to change.
 */
public final class Words {
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private Words() {}

    /** A memory as whole words, for the hottest of them: with neither byte order nor alignment to look at. */
    public static LongBuffer of(ByteBuffer memory) {
        return memory.duplicate().clear().order(ByteOrder.nativeOrder()).asLongBuffer();
    }

    public static long getLongAcquire(LongBuffer memory, int word) {
        long value = memory.get(word);
        VarHandle.acquireFence();
        return value;
    }

    public static void putLongRelease(LongBuffer memory, int word, long value) {
        VarHandle.releaseFence();
        memory.put(word, value);
    }

    /** The long that two neighbouring ints are, the one at the lower offset first. */
    public static long pair(int first, int second) {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? join(second, first) : join(first, second);
    }

    /** A long of an upper and a lower half. */
    public static long join(int upper, int lower) {
        return ((long) upper << 32) | (lower & 0xffff_ffffL);
    }

    public static long getLong(ByteBuffer memory, int offset) {
        return (long) LONGS.getOpaque(memory, offset);
    }

    public static long getLongPlain(ByteBuffer memory, int offset) {
        return (long) LONGS.get(memory, offset);
    }

    public static void putLongPlain(ByteBuffer memory, int offset, long value) {
        LONGS.set(memory, offset, value);
    }

    public static long getLongAcquire(ByteBuffer memory, int offset) {
        return (long) LONGS.getAcquire(memory, offset);
    }

    public static long getLongVolatile(ByteBuffer memory, int offset) {
        return (long) LONGS.getVolatile(memory, offset);
    }

    public static void putLong(ByteBuffer memory, int offset, long value) {
        LONGS.setOpaque(memory, offset, value);
    }

    public static void putLongRelease(ByteBuffer memory, int offset, long value) {
        LONGS.setRelease(memory, offset, value);
    }

    public static void putLongVolatile(ByteBuffer memory, int offset, long value) {
        LONGS.setVolatile(memory, offset, value);
    }

    public static boolean compareAndSetLong(ByteBuffer memory, int offset, long expected, long value) {
        return LONGS.compareAndSet(memory, offset, expected, value);
    }

    public static long compareAndExchangeLong(ByteBuffer memory, int offset, long expected, long value) {
        return (long) LONGS.compareAndExchange(memory, offset, expected, value);
    }

    public static long getAndAddLong(ByteBuffer memory, int offset, long delta) {
        return (long) LONGS.getAndAdd(memory, offset, delta);
    }

    public static int getInt(ByteBuffer memory, int offset) {
        return (int) INTS.getOpaque(memory, offset);
    }

    public static int getIntAcquire(ByteBuffer memory, int offset) {
        return (int) INTS.getAcquire(memory, offset);
    }

    public static void putInt(ByteBuffer memory, int offset, int value) {
        INTS.setOpaque(memory, offset, value);
    }

    public static void putIntRelease(ByteBuffer memory, int offset, int value) {
        INTS.setRelease(memory, offset, value);
    }

    public static void putIntVolatile(ByteBuffer memory, int offset, int value) {
        INTS.setVolatile(memory, offset, value);
    }
}
