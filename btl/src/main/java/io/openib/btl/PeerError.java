package io.openib.btl;

/**
 * A peer that was lost or cannot be reached.
 *
 * @param peer its rank
 * @param host the host it runs, or ran, on; empty if unknown
 * @param pid its process id, 0 if unknown
 * @param reason one sentence for the user that names the peer and what happened
 */
public record PeerError(int peer, String host, long pid, String reason) {}
