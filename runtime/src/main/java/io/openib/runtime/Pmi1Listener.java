package io.openib.runtime;

/**
 * What a launcher wants to know from its {@link Pmi1Server}. All calls come on the server's thread, one at a time; a
 * call that blocks stops the service for every rank. What it throws is logged and forgotten.
 */
public interface Pmi1Listener {

    /** A rank has joined the job. */
    default void onJoined(int rank) {}

    /** A rank has left the job in order. */
    default void onFinalized(int rank) {}

    /** A rank's connection ended although it has not left the job; as a rule because its process did. */
    default void onDisconnected(int rank) {}

    /** A rank wants the whole job ended with this exit status, 1 to 255. */
    default void onAbort(int rank, int status, String message) {}

    /**
     * A connection was refused or dropped, and why; for the log. Of those who are no rank, the first ten are told of, and then
     * one whenever their number is a power of ten.
     */
    default void onRefused(String reason) {}
}
