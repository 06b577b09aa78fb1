package io.openib.verbs.testkit;

import io.openib.verbs.QpState;
import java.util.List;

/**
 * One side of a case: a context of the device under test and what was made on it, by handle. The same calls drive a side in
 * this process and one in another. A VerbsException of the device reaches the caller from either.
 */
public interface Side extends AutoCloseable {
    /** The process that it runs in. */
    long pid();

    /** Where it is. */
    PortAddress address();

    /** Makes a completion queue. */
    int createCq(int cqe);

    /** Makes a shared receive queue. */
    int createSrq(int maxWr, int maxSge);

    /** Memory of the device, with access bits. */
    Region allocate(long bytes, int access);

    /** A plain direct buffer, registered with access bits. */
    Region register(int bytes, int access);

    /** Makes a queue pair, in RESET, and a completion queue for it where the request names none. */
    QpRef createQp(QpRequest request);

    /** Makes an address handle. */
    int createAddressHandle(PortAddress destination);

    /** RESET to INIT. */
    void toInit(int qp, Wiring wiring);

    /** INIT to RTR. */
    void toRtr(int qp, Wiring wiring);

    /** RTR to RTS. */
    void toRts(int qp, Wiring wiring);

    /** To a state that needs no attributes. */
    void toState(int qp, QpState state);

    /** The state that a queue pair is in. */
    QpState state(int qp);

    /** Bytes of a region. */
    byte[] read(int region, long offset, int length);

    /** Changes bytes of a region. */
    void write(int region, long offset, byte[] bytes);

    /** The result of {@code ibv_post_send}. */
    int post(int qp, Send send);

    /** The result of {@code ibv_post_recv}. */
    int postRecv(int qp, Recv recv);

    /** The result of {@code ibv_post_srq_recv}. */
    int postSrqRecv(int srq, Recv recv);

    /** The completions that are there, at most so many. */
    List<Wc> poll(int cq, int most);

    /** Polls until there are so many completions; fewer when the time is over. */
    List<Wc> await(int cq, int count, long timeoutMs);

    /**
     * Takes messages off a completion queue and posts each one's receive again. A message starts with the sequence number
     * of its queue pair, counted from 0, in four bytes.
     *
     * @param srq where the receives go; 0 for the queue pairs' own queues
     */
    Drained drain(int cq, int srq, int messages, long timeoutMs);

    /** Runs a signalled request again and again, each after the other's completion; how many were a success. */
    int repeat(int qp, Send send, int times, long timeoutMs);

    /**
     * Adds one to a remote counter by compare-and-swap, again and again.
     *
     * @return how many swaps were tried
     */
    int countBySwap(int qp, Sge old, Region counter, int times, long timeoutMs);

    /** Its connection manager; {@link CmCalls#refusal} tells whether it has one. */
    CmCalls cm();

    /** Closes one object. */
    void close(int handle);

    /** Closes every object; the device stays open. */
    void reset();

    /** Closes every object and the device. */
    @Override
    void close();
}
