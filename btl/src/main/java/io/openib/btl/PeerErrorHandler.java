package io.openib.btl;

/**
 * Told that a peer was lost. That is no end by itself: the next call to it asks for a new connection, and answers {@link
 * BtlStatus#PEER_FAILED} where none is to be had any more, as from a peer that died. So one peer may be told of more than once.
 * Messages that had arrived before are still delivered afterwards. A peer that closes its transport is no
 * error, and told of to {@link LeaveHandler} alone. But one that closed before there was a connection to it is, since nobody has
 * told that it left: as {@link PeerError.Cause#UNREACHABLE}, when an attempt to connect has failed. {@link Btl#close()} says how ranks
 * come to an end without that.
 */
@FunctionalInterface
public interface PeerErrorHandler {
    /** Called on the owner, within {@link Btl#progress()} or {@link Btl#close()}, before the peer's operations complete with {@link BtlStatus#PEER_FAILED}. */
    void onPeerError(PeerError error);
}
