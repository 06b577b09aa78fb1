package io.openib.btl.openib.wire;

import java.nio.ByteOrder;

/**
 * The eight bytes in front of every message, as one little-endian long:
 *
 * <pre>
 *  byte 0        1          2        4             6            7
 *  +----------+----------+---------+-------------+------------+--------------+
 *  | tag      | control  | credits | sequence    | queue      | controls seen|
 *  +----------+----------+---------+-------------+------------+--------------+
 * </pre>
 *
 * <ul>
 *   <li>tag: of an active message.
 *   <li>control: {@link #DATA} for an active message, else what the transport says to itself.
 *   <li>credits: receives that the sender has posted again on its per-peer queue {@code queue}, 0 to 65535.
 *   <li>sequence: left to a matching layer; 0 here.
 *   <li>controls seen: credit messages whose receives the sender has posted again since it last said so.
 * </ul>
 */
public final class Header {
    /** Bytes of a header. */
    public static final int BYTES = Long.BYTES;

    /** An active message. */
    public static final int DATA = 0;
    /** Returns credits; each takes one reserved receive until it is reported as seen. */
    public static final int CREDITS = 1;
    /** Reports credit messages as seen; takes a reserved receive of its own. */
    public static final int SEEN = 2;
    /** The sender closes: nothing follows, and nothing that comes will be answered. */
    public static final int GOODBYE = 3;
    /** The sender gives up this connection, and may make another: nothing follows on it, and nothing that comes will be answered. */
    public static final int GIVEN_UP = 4;

    /** What the credits field holds at most. */
    public static final int MAX_CREDITS = 0xffff;
    /** What the controls-seen field holds at most. */
    public static final int MAX_SEEN = 0xff;

    private Header() {}

    /** A header as the word that its bytes are in memory. */
    public static long inMemory(long header) {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? header : Long.reverseBytes(header);
    }

    /** A header; each value must fit its field. */
    public static long pack(int tag, int control, int credits, int queue, int seen) {
        return (tag & 0xffL)
                | ((control & 0xffL) << 8)
                | ((credits & 0xffffL) << 16)
                | ((queue & 0xffL) << 48)
                | ((seen & 0xffL) << 56);
    }

    public static int tag(long header) {
        return (int) header & 0xff;
    }

    public static int control(long header) {
        return (int) (header >>> 8) & 0xff;
    }

    public static int credits(long header) {
        return (int) (header >>> 16) & 0xffff;
    }

    public static int queue(long header) {
        return (int) (header >>> 48) & 0xff;
    }

    public static int seen(long header) {
        return (int) (header >>> 56);
    }
}
