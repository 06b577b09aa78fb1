package io.openib.verbs.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A zeroed block of native memory, in native byte order, that lives as long as this object. */
final class NativeMemory {
    private final ByteBuffer bytes;
    private final long address;

    private NativeMemory(ByteBuffer bytes) {
        this.bytes = bytes.order(ByteOrder.nativeOrder());
        this.address = addressOf(bytes);
    }

    static NativeMemory ofBytes(int length) {
        return new NativeMemory(ByteBuffer.allocateDirect(length));
    }

    /** A block that begins on a multiple of {@code alignment}, a power of two. */
    static NativeMemory aligned(int length, int alignment) {
        ByteBuffer raw = ByteBuffer.allocateDirect(Math.addExact(length, alignment));
        int misaligned = raw.alignmentOffset(0, alignment);
        return new NativeMemory(raw.slice(misaligned == 0 ? 0 : alignment - misaligned, length));
    }

    /** A view of memory that somebody else owns and keeps. */
    static ByteBuffer view(long address, int length) {
        return new Pointer(address).getByteBuffer(0, length).order(ByteOrder.nativeOrder());
    }

    /** Where the byte at index 0 of a direct buffer lies. */
    static long addressOf(ByteBuffer buffer) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
    }

    /** The text that ends with a zero byte at an address. */
    static String text(long address) {
        return new Pointer(address).getString(0);
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** Whoever passes it on says {@link #keep} when it has been used: the collector does not see addresses. */
    long address() {
        return address;
    }

    /**
     * Keeps the memory until here. Without it, memory whose address alone is used by a call may be freed, and be
     * somebody else's, while the call reads or writes it.
     */
    @SuppressWarnings("ReachabilityFenceUsage") // a native call throws nothing that a finally block would be for
    void keep() {
        Reference.reachabilityFence(this);
    }
}
