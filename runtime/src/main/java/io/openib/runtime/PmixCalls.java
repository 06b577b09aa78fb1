package io.openib.runtime;

import java.util.Optional;

/**
 * What a PMIx client library does for a rank. But for {@link #version()} each call may block for as long as the server takes;
 * all may be made from any thread, one at a time, {@link #abort} beside any other.
 */
interface PmixCalls {

    /** The process that the server knows this one as. */
    record Member(String namespace, int rank) {}

    /** Hears of events on a thread of the library's, which it must not hold up. */
    interface EventHandler {
        /** The connection to the server is gone. */
        void onLost();
    }

    /** The library's word on itself, such as {@code OpenPMIx 4.2.2}. */
    String version();

    /** Joins the job. */
    Member init(EventHandler handler) throws PmixException;

    /** A number that the server knows of the whole job, by its key. */
    int jobNumber(String key) throws PmixException;

    /** A text that the server knows of the whole job, or of it on this node. */
    Optional<String> jobText(String key) throws PmixException;

    /** Keeps a value for the next {@link #fence}. */
    void put(String key, byte[] value) throws PmixException;

    /** Sends what was put since the last time, returns when all ranks have come, and has what they put at hand then. */
    void fence() throws PmixException;

    /** What a rank had put before a fence; empty if it had not. */
    Optional<byte[]> get(int rank, String key) throws PmixException;

    /** Has the server end the job. */
    void abort(int status, String message) throws PmixException;

    /** Leaves the job, if {@link #init} has joined it, and only once. */
    void leave() throws PmixException;
}
