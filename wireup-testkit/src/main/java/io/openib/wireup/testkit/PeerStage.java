package io.openib.wireup.testkit;

import io.openib.verbs.Mtu;
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
        /** Put off: the peer asks again. */
        DEFER,
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
     * @param moment when, from when it was asked for, or accepted
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
            boolean wasOnControlThread,
            Moment moment)
            implements Serializable {

        Outcome requireConnected() {
            if (connection == 0) {
                throw new AssertionError("not connected: " + reason + ": " + text);
            }
            return this;
        }

        /** Before the deadline. */
        Outcome requireFailed() {
            return requireFailed(Moment.IN_TIME);
        }

        Outcome requireFailed(Moment atLast) {
            if (connection != 0) {
                throw new AssertionError("connected, and should have failed");
            }
            return require(atLast);
        }

        Outcome require(Moment atLast) {
            if (moment.compareTo(atLast) > 0) {
                throw new AssertionError("told " + moment + " instead of " + atLast + ": " + reason + ": " + text);
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

    /**
     * What a process sends at most.
     *
     * @param mtu of a path
     * @param eagerBytes of an eager message
     */
    record Limits(Mtu mtu, long eagerBytes) implements Serializable {
        static final Limits USUAL = new Limits(Mtu.MTU_1024, 12_288);
    }

    /** Why the scheme does not run here, for a job on one host or on several; empty if it does. */
    String refusal(boolean isJobLocal);

    /**
     * One more process.
     *
     * @param values of parameters
     * @param deadlineMs of its attempts, which the values make
     */
    int start(Identity identity, Map<String, String> values, int deadlineMs);

    /** What the modex would say of it. */
    PeerCard card(int process);

    /** What a peer has published is known to a process from now on. */
    void know(int process, PeerCard peer);

    /** Its device and port. */
    String place(int process);

    /** Connects; gives the attempt. */
    int connect(int process, PeerCard peer);

    /** Connects from the control thread. */
    int connectFromControl(int process, PeerCard peer);

    /** Keeps the control thread busy. */
    void hold(int process);

    /** Ends that. */
    void letGo(int process);

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

    /** The queue pair set of the connection that a request replaces; 0 if it replaces none. */
    int replacedSet(int request);

    /** Whether a SEND on each queue pair of a connection succeeds at once. */
    boolean canSend(int process, int connection);

    /** The path MTU that the device says each queue pair of a connection to have. */
    List<Mtu> pathMtus(int connection);

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

    /** The end of a connection that is told next. */
    Outcome nextDisconnected(int process);

    /** Takes the ends of connections that were told. */
    void forgetDisconnected(int process);

    /** Closes the scheme, twice. */
    void closeModule(int process);

    /** Ends it as a kill does. */
    void die(int process);

    /** Ends it in order. */
    void close(int process);

    /** Ends every process; gives what they were told that no promise allows, each as a sentence. */
    List<String> reset();
}
