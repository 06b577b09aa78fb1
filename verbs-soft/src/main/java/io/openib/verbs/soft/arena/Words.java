package io.openib.verbs.soft.arena;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Aligned words of mapped memory in native byte order, with the memory order in the method's name. Those without one are
 * opaque: whole, in no order with others, and inlined however deep the caller lies, which plain ones are not.
 */
public final class Words {
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private Words() {}

    public static long getLong(ByteBuffer memory, int offset) {
        return (long) LONGS.getOpaque(memory, offset);
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
