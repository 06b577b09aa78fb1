package io.openib.wireup;

/** What the handshakes of a module have to agree on: how many are under way. Control thread only. */
interface Turns {
    /** The attempt is no longer under way. */
    void release(Attempt attempt);

    /** Whether one more peer may ask now. */
    boolean mayAsk(PeerHandshake peer);

    /** Something may have ended. */
    void settle(PeerHandshake peer);
}
