package io.openib.btl.openib;

import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a program asks for: done at once, or by way of {@link PendingCalls}. Used again and again; of whoever has taken it
 * until it is offered, then the owner's.
 */
final class Call {
    /** What is called. */
    enum Kind {
        SEND,
        PUT,
        GET,
        PUT_BYTES,
        GET_BYTES,
        FETCH_ADD,
        COMPARE_SWAP,
        CONNECT
    }

    private static final int FIRST_BYTES = 256;
    /** Itself, its buffer's object and its place in a line. */
    private static final int OBJECT_BYTES = 256;

    Kind kind = Kind.CONNECT;
    int peer;
    int tag;
    int length;
    long localOffset;
    long remoteOffset;
    long compareAdd;
    long swap;
    long cookie;

    @Nullable
    CompletionHandler handler;

    @Nullable
    RegisteredMemory memory;

    @Nullable
    MemoryHandle remote;

    @Nullable
    ByteBuffer local;

    /** Whether it is one of the owner's own, which nobody waits to have back. */
    final boolean isOwners;

    /** Whether it has waited for what it will not get: it fails when it has its turn. */
    boolean isGivenUp;

    private @Nullable ByteBuffer copy;

    Call(boolean isOwners) {
        this.isOwners = isOwners;
    }

    /** What it is, and whom its end is told. */
    Call begin(Kind what, int to, @Nullable CompletionHandler completion, long value) {
        kind = what;
        peer = to;
        handler = completion;
        cookie = value;
        isGivenUp = false;
        return this;
    }

    /** The memory here. */
    Call memory(RegisteredMemory registered, long offset) {
        memory = registered;
        local = null;
        localOffset = offset;
        return this;
    }

    /** The memory here, which is not registered. */
    Call bytes(ByteBuffer buffer, int offset) {
        local = buffer;
        memory = null;
        localOffset = offset;
        return this;
    }

    /** Of an atomic. */
    Call operands(long compareOrAdd, long swapped) {
        compareAdd = compareOrAdd;
        swap = swapped;
        return this;
    }

    /** The peer's memory, and how many bytes of both. */
    Call at(MemoryHandle target, long offset, int bytes) {
        remote = target;
        remoteOffset = offset;
        length = bytes;
        return this;
    }

    boolean isRead() {
        return kind == Kind.GET || kind == Kind.GET_BYTES;
    }

    boolean isAtomic() {
        return kind == Kind.FETCH_ADD || kind == Kind.COMPARE_SWAP;
    }

    /** Whether a one-sided call stays within the memory here, which it may change, and within some of that peer's. */
    boolean isValid() {
        MemoryHandle target = remote;
        return length >= 0
                && target != null
                && target.rank() == peer
                && isWithin(localOffset, hereBytes())
                && isWithin(remoteOffset, target.lengthBytes());
    }

    private boolean isWithin(long offset, long bytes) {
        return offset >= 0 && length <= bytes - offset;
    }

    private long hereBytes() {
        if (local != null) {
            return kind == Kind.GET_BYTES && local.isReadOnly() ? -1 : local.capacity();
        }
        return memory == null ? -1 : memory.lengthBytes();
    }

    /** What is sent: a copy, since the caller may change the bytes on return. */
    Call message(int value, ByteBuffer data, int offset, int bytes) {
        ByteBuffer room = copy;
        if (room == null || room.capacity() < bytes) {
            room = ByteBuffer.allocate(Integer.highestOneBit(Math.max(FIRST_BYTES, bytes * 2 - 1)));
            copy = room;
        }
        room.put(0, data, offset, bytes);
        tag = value;
        length = bytes;
        return this;
    }

    /** What it takes of the heap while it waits, roughly. */
    int heapBytes() {
        return OBJECT_BYTES + (copy == null ? 0 : copy.capacity());
    }

    /** The bytes of a message, from 0 on. */
    ByteBuffer copied() {
        return Objects.requireNonNull(copy);
    }

    /** Lets go of everything of the user's. */
    void clear() {
        handler = null;
        memory = null;
        remote = null;
        local = null;
    }
}
