package io.openib.btl.openib;

import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A call of a thread that is not the owner, on its way to the owner. Used again and again. */
final class RemoteCall {
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

    private ByteBuffer copy = ByteBuffer.allocate(FIRST_BYTES);

    /** Takes the bytes of a send, since the caller may change them on return. */
    void copy(ByteBuffer data, int offset, int bytes) {
        if (copy.capacity() < bytes) {
            copy = ByteBuffer.allocate(Integer.highestOneBit(bytes * 2 - 1));
        }
        copy.put(0, data, offset, bytes);
        length = bytes;
    }

    ByteBuffer copied() {
        return copy;
    }

    /** Lets go of everything of the user's. */
    void clear() {
        handler = null;
        memory = null;
        remote = null;
        local = null;
    }
}
