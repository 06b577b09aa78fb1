package io.openib.btl;

import java.nio.ByteBuffer;

/** Told of each active message of one tag. */
@FunctionalInterface
public interface ReceiveHandler {
    /**
     * Called on the owner. The message lies at {@code data[offset, offset + length)}, to be read with absolute indices:
     * position and limit of the buffer mean nothing, and after the call it holds something else. They and the order may be set
     * for the time of the call.
     *
     * @param peer the sender's rank
     * @param tag the tag it was sent with
     * @param data the transport's memory, in native byte order, not to be written
     * @param offset where the message begins
     * @param length its bytes, possibly 0
     */
    void onMessage(int peer, int tag, ByteBuffer data, int offset, int length);
}
