package io.openib.wireup.testkit;

import io.openib.wireup.WireupFailure;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * Where the processes of a case are: in this JVM or, through a link, in another. Processes, attempts, requests and
 * connections go by handle; everything that is waited for is waited for in bounded time.
 */
public interface PeerStage {
    /** What becomes of requests. */
    enum Admission {
        /** Accepted at once, and with them what was held before. */
        ACCEPT,
        /** Refused: no room. */
        REFUSE,
        /** Kept until the case accepts them, each or all. */
        HOLD
    }

    /**
     * What was told of an attempt.
     *
     * @param connection its handle; 0 if it failed
     * @param peer the rank at the other end
     * @param peerPort the port at the other end, by its index there; -1 if it failed
     * @param scheme that made it
     * @param agreed what both sides run with
     * @param durationNs that it took
     * @param set which of its process's queue pair sets it has
     * @param reason of the failure; null if it is connected
     * @param text of the failure
     * @param wasOnControlThread whether it was told there
     */
    record Outcome(
            int connection,
            int peer,
            int peerPort,
            String scheme,
            String agreed,
            long durationNs,
            int set,
            WireupFailure.@org.jspecify.annotations.Nullable Reason reason,
            String text,
            boolean wasOnControlThread)
            implements Serializable {

        Outcome requireConnected() {
            if (connection == 0) {
                throw new AssertionError("not connected: " + reason + ": " + text);
            }
            return this;
        }

        Outcome requireFailed() {
            if (connection != 0) {
                throw new AssertionError("connected, and should have failed");
            }
            return this;
        }
    }

    /**
     * What has happened to a process so far.
     *
     * @param sets of queue pairs that were made
     * @param discarded of them
     * @param requests that came
     * @param toldX outcomes to X that nobody has taken
     * @param toldDisconnected ends of connections that nobody has taken
     * @param askedElsewhere requests that came on another thread than the control thread
     */
    record Counts(int sets, int discarded, int requests, int toldX, int toldDisconnected, int askedElsewhere)
            implements Serializable {}

    /**
     * Reads and atomics of a queue pair.
     *
     * @param outstanding of its own at a time
     * @param answered of the peer's at a time
     */
    record Depths(int outstanding, int answered) implements Serializable {}

    /** Why the scheme does not run here, for a job on one host or on several; empty if it does. */
    String refusal(boolean isJobLocal);

    /** One more process. */
    int start(Identity identity, Map<String, String> values);

    /** What the modex would say of it. */
    PeerCard card(int process);

    /** Its device and port. */
    String place(int process);

    /** Connects; gives the attempt. */
    int connect(int process, PeerCard peer);

    /** Cancels an attempt. */
    void cancel(int attempt);

    /** Whether the outcome of an attempt was told. */
    boolean isDone(int attempt);

    /** The outcome of an attempt. */
    Outcome outcome(int attempt);

    /** What X was told next. */
    Outcome nextToX(int process);

    /** What it does with requests from now on. */
    void admission(int process, Admission admission);

    /** The next request that came. */
    int nextRequest(int process);

    /** Accepts a request. */
    void accept(int process, int request);

    /** Whether a SEND on each queue pair of a connection succeeds at once. */
    boolean canSend(int process, int connection);

    /** Which depths the device says each queue pair of a connection to have. */
    List<Depths> depths(int connection);

    /** Disconnects. */
    void disconnect(int connection);

    /** Gives back the queue pairs of a connection, and closes it twice. */
    void release(int connection);

    /** Waits until the control thread has done what it had to do. */
    void settle(int process);

    /** What has happened so far. */
    Counts counts(int process);

    /** Takes the ends of connections that were told. */
    void forgetDisconnected(int process);

    /** Closes the scheme, twice. */
    void closeModule(int process);

    /** Ends it as a kill does. */
    void die(int process);

    /** Ends it in order. */
    void close(int process);

    /** Ends every process. */
    void reset();
}
