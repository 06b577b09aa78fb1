package io.openib.runtime;

/** How far a rank has come, as its {@link Pmi1Server} sees it. */
public enum RankStage {
    /** It has not said who it is. */
    AWAITED,
    /** It has joined the job and not left it, whether it still lives or not. */
    JOINED,
    /** It has left the job in order. */
    FINALIZED
}
