package io.openib.runtime;

/** Why a call of the runtime failed. */
public enum RuntimeFailure {
    /** The environment names a launcher, but what it says is incomplete or malformed. */
    BAD_ENVIRONMENT,
    /** A launcher started this process, but offers no way in that this version has. */
    UNSUPPORTED_LAUNCHER,
    /** The launcher's address cannot be connected to. */
    UNREACHABLE,
    /** The launcher answered, and said no. */
    REFUSED,
    /** The launcher did not answer, or a peer did not arrive, before the deadline. */
    TIMEOUT,
    /** The launcher closed the connection, or it broke. */
    CONNECTION_LOST,
    /** What arrived from the launcher is not PMI-1, or a value arrived damaged. */
    PROTOCOL,
    /** A rank that would have had to take part is dead. */
    PEER_DIED,
    /** A rank that would have had to take part has left the job. */
    PEER_LEFT,
    /** The waiting thread was interrupted; its interrupt flag is set. */
    INTERRUPTED,
    /** The runtime was closed before or during the call. */
    CLOSED
}
