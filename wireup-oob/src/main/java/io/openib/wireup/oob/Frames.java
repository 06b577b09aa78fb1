package io.openib.wireup.oob;

import io.netty.buffer.ByteBuf;
import io.openib.wireup.HandshakeCodec;
import io.openib.wireup.HandshakeFormatException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Cuts what arrives into messages. Who dials says first, in 8 bytes, what this is and to which module of the listener it
 * leads: {@code 4f 4f 42 31} (OOB1), module (4). Messages follow, each with its length in its header. Never holds more
 * than one message. Not thread-safe.
 */
final class Frames {
    static final int PRELUDE_BYTES = 8;

    private static final int MAGIC = 0x4f4f4231;

    /** Takes what was cut. */
    interface Sink {
        void onPrelude(int module) throws StrangerException;

        void onMessage(byte[] message) throws HandshakeFormatException, StrangerException;
    }

    private final Sink sink;
    private boolean expectsPrelude;
    private byte[] buffer = new byte[HandshakeCodec.HEADER_BYTES];
    private int filled;
    private int needed = HandshakeCodec.HEADER_BYTES;

    Frames(Sink sink, boolean expectsPrelude) {
        this.sink = sink;
        this.expectsPrelude = expectsPrelude;
    }

    static byte[] prelude(int module) {
        return ByteBuffer.allocate(PRELUDE_BYTES).putInt(MAGIC).putInt(module).array();
    }

    /**
     * Takes what there is, up to the end of the first message.
     *
     * @throws HandshakeFormatException if a message is malformed or forged
     * @throws StrangerException if it is nothing that a peer would send
     */
    void read(ByteBuf in) throws HandshakeFormatException, StrangerException {
        boolean isWhole = false;
        while (in.isReadable() && !isWhole) {
            int length = Math.min(needed - filled, in.readableBytes());
            in.readBytes(buffer, filled, length);
            filled += length;
            if (filled == needed) {
                isWhole = onFilled();
            }
        }
    }

    /** Gives whether it was a message. */
    private boolean onFilled() throws HandshakeFormatException, StrangerException {
        if (expectsPrelude) {
            expectsPrelude = false;
            filled = 0;
            ByteBuffer prelude = ByteBuffer.wrap(buffer);
            if (prelude.getInt() != MAGIC) {
                throw new StrangerException("it does not begin as a peer does");
            }
            sink.onPrelude(prelude.getInt());
        } else if (needed == HandshakeCodec.HEADER_BYTES) {
            needed = HandshakeCodec.length(ByteBuffer.wrap(buffer));
            buffer = Arrays.copyOf(buffer, needed);
        } else {
            byte[] message = buffer;
            buffer = new byte[HandshakeCodec.HEADER_BYTES];
            needed = HandshakeCodec.HEADER_BYTES;
            filled = 0;
            sink.onMessage(message);
            return true;
        }
        return false;
    }
}
