package io.openib.btl;

/**
 * A peer that was lost or cannot be reached.
 *
 * @param peer its rank
 * @param host the host it runs, or ran, on; empty if unknown
 * @param pid its process id, 0 if unknown
 * @param isFinal whether it is given up: calls to it are refused, unless it connects by itself. Else the next send connects
 *     again, or is refused if no way is left by then. {@link Btl#connect} takes a peer up again that was given up only because
 *     attempts to connect have failed; it answers PEER_FAILED where there is nothing to hope
 * @param reason one sentence for the user that names the peer and what happened
 */
public record PeerError(int peer, String host, long pid, boolean isFinal, String reason) {}
