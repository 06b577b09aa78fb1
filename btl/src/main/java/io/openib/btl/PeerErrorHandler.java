package io.openib.btl;

/** Told that a peer was lost. */
@FunctionalInterface
public interface PeerErrorHandler {
    /** Called on the owner, before the peer's operations complete with {@link BtlStatus#PEER_FAILED}. */
    void onPeerError(PeerError error);
}
