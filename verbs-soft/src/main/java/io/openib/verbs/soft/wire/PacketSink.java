package io.openib.verbs.soft.wire;

/** Where packets are written to. On the wire's thread. */
public interface PacketSink {
    /** Whether a packet with the largest payload fits. */
    boolean hasRoom();

    /**
     * Begins a packet; nothing is sent before {@link #end}. Every field is zero.
     *
     * @param payloadBytes 0 to {@link Packet#MAX_PAYLOAD}
     */
    Packet begin(int payloadBytes);

    /** Sends what was begun last. */
    void end();
}
