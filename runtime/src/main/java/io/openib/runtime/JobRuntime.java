package io.openib.runtime;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a process knows of the job it belongs to, and how it exchanges small blobs with its peers.
 *
 * <p>Every method may be called from any thread. Requests to the launcher go one after the other, as PMI-1 wants it: a
 * {@link #get} waits while another thread is in a {@link #fence}. No call waits without a bound; what fails says so by
 * {@link OpenibRuntimeException}, whose {@link OpenibRuntimeException#failure()} is the kind and whose message names the
 * launcher, its address, this rank and what to do. A {@link #put} or {@link #get} that is not answered in time, or whose
 * thread is interrupted, fails alone: a later request waits for that answer first. After a {@link #fence} that timed out
 * or was interrupted, or a lost connection, the conversation with the launcher cannot be taken up again: later requests
 * fail at once with the same cause.
 */
public interface JobRuntime extends AutoCloseable {

    /** The longest key {@link #put} accepts, in characters; it leaves room for what the wire adds. */
    int MAX_KEY_LENGTH = 40;

    /** The largest value {@link #put} accepts, in bytes. */
    int MAX_VALUE_BYTES = 1 << 24;

    /** This process's number in the job: {@code 0 <= rank() < size()}. */
    int rank();

    /** How many processes the job has. */
    int size();

    /** The job's name: equal in all its ranks, of {@code A-Z a-z 0-9 _ -} alone, and new for each job. */
    String jobId();

    /** The name of the host this process runs on. */
    String hostName();

    /** The client in use and where its launcher is, for people: {@code pmi1 at 127.0.0.1:40123}, {@code singleton}. */
    String launcher();

    /** Which ranks run on this node, if the launcher told. */
    Locality locality();

    /**
     * The job's secret: that of the environment, or else one that rank 0 made and the launcher carried, which is so in a job of
     * several ranks whose launcher lets nobody but these ask.
     *
     * @return a fresh copy of its 32 bytes; empty if there is none
     */
    Optional<byte[]> jobSecret();

    /**
     * Publishes a value of this rank's to the whole job. A peer that has passed a later {@link #fence} together with this
     * process can get it. Other ranks have values of their own under the same key.
     *
     * @param key up to {@value #MAX_KEY_LENGTH} of {@code A-Z a-z 0-9 _ -}, in words parted by single dots; a rank can
     *     put it once
     * @param value up to {@value #MAX_VALUE_BYTES} bytes, possibly none; not kept
     * @throws IllegalArgumentException if the key or the value's size is not one of those
     * @throws OpenibRuntimeException if the launcher does not take it in time, after which peers may see it or not
     */
    void put(String key, byte[] value);

    /**
     * The value that a rank put under this key.
     *
     * @param rank whose value, {@code 0 <= rank < size()}
     * @return a fresh array, or empty if that rank has not put it (yet)
     * @throws IllegalArgumentException if there is no such rank, or the key is none that {@link #put} accepts
     * @throws OpenibRuntimeException if the launcher does not answer in time, or the value arrived damaged
     */
    Optional<byte[]> get(int rank, String key);

    /**
     * Waits until every rank of the job has called this as often as this process has.
     *
     * @param timeoutMs how long to wait, above zero
     * @throws OpenibRuntimeException with {@link RuntimeFailure#PEER_DIED} or {@link RuntimeFailure#PEER_LEFT} as soon
     *     as the launcher knows that a rank can never arrive, with {@link RuntimeFailure#TIMEOUT} at the deadline
     */
    void fence(long timeoutMs);

    /**
     * Has the handler told of each rank whose death the launcher reports, once a rank, deaths already known included.
     * It runs on the thread {@code openib-runtime-notices}, one call at a time, and may use this object; a handler that
     * blocks holds up later notices and nothing else. Under a launcher without such notices it is never called.
     */
    void onPeerDied(Consumer<PeerDeath> handler);

    /**
     * Has the handler told, once, when the connection to the launcher ends although this process has not left the job:
     * the launcher was killed, as a rule, and nobody else will end this process. It runs on the thread
     * {@code openib-runtime-notices}, as those of {@link #onPeerDied} do, also if it comes after the event.
     */
    void onLauncherLost(Consumer<OpenibRuntimeException> handler);

    /**
     * Asks the launcher to end the whole job; returns as soon as the request is on its way and does not end this
     * process. It does not wait for a request that another thread is in.
     *
     * @param status the exit status the job should have, 1 to 255
     * @param message one line for the user
     * @throws OpenibRuntimeException if the launcher cannot be told
     */
    void abort(int status, String message);

    /**
     * Leaves the job: tells the launcher, and releases the connection. Bounded in time, idempotent, and never throws. A
     * request that another thread is waiting in ends with its answer, if that comes before the launcher's farewell, or fails with
     * {@link RuntimeFailure#CLOSED}.
     */
    @Override
    void close();
}
