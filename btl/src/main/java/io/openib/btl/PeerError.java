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
 * @param cause what kind of thing happened, for programs
 * @param reason one sentence for the user that names the peer and what happened
 */
public record PeerError(int peer, String host, long pid, boolean isFinal, Cause cause, String reason) {
    /** What may happen to a peer. More may come: a program has a default. */
    public enum Cause {
        /** The launcher says that its process has ended before its time. Final. */
        DIED,
        /** The launcher is gone, and the job with it. Final, of every peer. */
        LAUNCHER_LOST,
        /** The launcher did not tell, in its time, how the peer is reached. The next call asks again. */
        LAUNCHER_SILENT,
        /** No connection came about: the peer did not answer, or refused, or has none to give. */
        UNREACHABLE,
        /** There is no way: no kind of device in common, or what it has published does not fit what this rank runs with. Final. */
        INCOMPATIBLE,
        /** There was a connection, and it failed. */
        CONNECTION_LOST,
        /**
         * The peer has made another connection in place of the one that there was: what was under way may be lost, later calls are not. Nor are
         * calls that waited for room at that time: they go by the new connection and complete with OK, though they were made before this is told.
         */
        RECONNECTED,
        /** A device of this rank is gone. The next call goes by another one, if one reaches the peer. */
        DEVICE_LOST,
        /**
         * This rank's device gives no memory for what goes to the peer (locked memory is mostly limited, {@code ulimit -l}): that fails. The
         * connection stays, and so does what needs no such memory. Never final: a call that is made later has the device asked again.
         */
        NO_MEMORY
    }
}
