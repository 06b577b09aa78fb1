package io.openib.btl;

/**
 * Told that a peer has closed its transport in order, which is no error: nothing more will come of it, and calls to it answer {@link
 * BtlStatus#PEER_FAILED}. A peer that dies afterwards is told of to {@link PeerErrorHandler} all the same. One that closed before there
 * was a connection to it, which nobody hears of, is told of there too, once an attempt to connect has failed.
 */
@FunctionalInterface
public interface LeaveHandler {
    /**
     * Called on the owner, within {@link Btl#progress()}, at most once for each peer, behind the last of its messages; not while this rank
     * closes itself.
     *
     * @param peer its rank
     */
    void onLeave(int peer);
}
