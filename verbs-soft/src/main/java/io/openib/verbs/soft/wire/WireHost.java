package io.openib.verbs.soft.wire;

/** Whom the wire serves. Everything here is called on the wire's thread. */
public interface WireHost {
    /**
     * A process on the other end of a connection that it dialled asks for something. There is room for one answer with a
     * whole payload.
     */
    void onRequest(long peerArena, Packet request, PacketSink answers);

    /** A process that this one has dialled answers. */
    void onAnswer(long peerArena, Packet answer);

    /**
     * Does what is due.
     *
     * @return nanoseconds until something else is due; {@link Long#MAX_VALUE} for nothing
     */
    long work(long nowNs);

    /** Somebody connected who is none of this job, or sent what is no frame; the connection is closed. */
    void onStranger(String what);
}
