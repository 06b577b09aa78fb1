package io.openib.btl;

import io.openib.mca.McaParameters;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A transport that has joined its job: active messages, put, get and atomics to peers, which are named by rank; a rank is a
 * peer of its own. The
 * package's description says which thread may call what, in which order things arrive, and that every accepted operation
 * completes exactly once. Connections are made when first needed.
 *
 * <p>Buffers given to {@link #send} and {@link #sendImmediate} may be used again on return. All buffers are accessed with
 * absolute indices: position and limit are neither read nor changed. To send what lies beyond the limit makes an object; to send what
 * lies before it, as in any buffer that was flipped, makes none.
 */
public interface Btl extends AutoCloseable {
    /** Tags are 0 to one less than this. */
    int TAGS = 256;

    /**
     * Joins the job this process was started in, over the transport that the parameter {@code btl} selects, with
     * parameters from the environment and the parameter files. Returns when every rank has come so far. A job that a launcher
     * has started is joined once a process: open it once, and close it at the end.
     *
     * @throws io.openib.mca.McaException if a parameter is wrong
     * @throws BtlException if no transport can be had; each one's reason is in the message
     */
    static Btl open() {
        return open(Map.of());
    }

    /** As {@link #open()}, with these parameters over those of the environment. */
    static Btl open(Map<String, String> parameters) {
        return BtlFramework.load(McaParameters.fromProcess().api(parameters)).open();
    }

    /** This process's number in the job, from 0. */
    int rank();

    /** How many ranks the job has. */
    int size();

    /**
     * What is known of a rank. Waits for the launcher to tell, the first time, if nothing was sent to it before: at most its time for one
     * answer ({@code runtime_pmi_timeout_ms} with ours). A rank that cannot be reached has no device, and the reason why; host and pid may
     * be empty and 0.
     *
     * @throws IndexOutOfBoundsException if there is no such rank
     * @throws BtlException if the launcher did not tell; the next call asks again
     */
    PeerAttributes peer(int rank);

    /**
     * The longest active message that this rank sends; longer data goes by {@link #put}. A peer whose parameters allow longer ones may
     * send those to this rank.
     */
    int maxSendBytes();

    /** The longest message that {@link #sendImmediate} takes. */
    int maxImmediateBytes();

    /**
     * Whether {@link #fetchAdd} and {@link #compareSwap} work to this peer; not if it cannot be reached. Waits, and throws, as {@link
     * #peer} does.
     *
     * <p>A peer with several devices mostly takes atomics by one of them alone, since a device is atomic among its own operations and no
     * others: what came by two at once would be lost. Who reaches the peer by another one, from the beginning or since a device
     * failed, has none, while the peer may have them here: ask for each direction. Over openib, {@code btl_openib_if_include} with the same
     * one device in all ranks gives every rank atomics to every other.
     */
    boolean hasAtomics(int peer);

    /**
     * Sets who is told of messages of a tag, in place of whoever was. Before the first {@link #progress()}, or on the
     * owner. A message whose tag nobody registered is dropped and counted; the first of each
     * tag is logged.
     *
     * @param tag 0 to 255
     * @throws IllegalArgumentException for another tag
     * @throws BtlException if another thread owns the transport, and has adopted or progressed it; {@link BtlAgent#execute} does it there
     */
    void registerReceive(int tag, ReceiveHandler handler);

    /**
     * Sets who is told of lost peers. When the launcher is gone, and the job with it, all of them are lost. Before the first
     * {@link #progress()}, or on the owner.
     *
     * @throws BtlException as {@link #registerReceive} does
     */
    void onError(PeerErrorHandler handler);

    /**
     * Sets who is told of peers that close in order. Before the first {@link #progress()}, or on the owner.
     *
     * @return OK; UNSUPPORTED by a transport that tells of none
     * @throws BtlException as {@link #registerReceive} does
     */
    default int onLeave(LeaveHandler handler) {
        return BtlStatus.UNSUPPORTED;
    }

    /**
     * Sets who is told of connections. Before the first {@link #progress()}, or on the owner.
     *
     * @throws BtlException as {@link #registerReceive} does
     */
    void onWireup(WireupHandler handler);

    /**
     * Sets who is told of room for calls that are refused with BACK_PRESSURE from then on. Before the first {@link #progress()}, or on the
     * owner.
     *
     * @return OK; UNSUPPORTED by a transport that tells of none, so that one has to try again after each {@link #progress()}
     * @throws BtlException as {@link #registerReceive} does
     */
    default int onRoom(RoomHandler handler) {
        return BtlStatus.UNSUPPORTED;
    }

    /**
     * Begins to connect to a peer; a send would do so too. A peer that was given up after too many attempts, and that lives, has as
     * many again with this call: so a program goes on that has reason to hope. It changes nothing about a peer that died or has left,
     * or to which there is no way.
     *
     * @return OK (connected or under way; to another thread than the owner: asked for, and what comes of it is not told), PEER_FAILED,
     *     CLOSED, INVALID, BACK_PRESSURE
     */
    int connect(int peer);

    /**
     * Gives up what is under way to a peer, for a program that knows better than the transport: of a peer that hangs nothing may ever be
     * heard while its adapter answers. Everything queued or posted to it, by whichever thread, completes with PEER_FAILED (what had
     * arrived, with OK) in the rounds that follow, and then its buffers are the program's again; on a device that does not
     * drain, after {@code btl_openib_drain_timeout}, where registered memory is so only once it is closed. A peer of this host that was
     * stopped in the midst of a put into memory of this rank's may end it when it goes on, on the software device, unless that memory is
     * closed. The next call to the peer connects anew, and so may the peer; no {@link PeerErrorHandler} is told here, there it is as any
     * lost connection. An attempt to connect that is under way goes on. For the owner only; also within a callback.
     *
     * @return OK, also where there was nothing; CLOSED, INVALID, NOT_OWNER; UNSUPPORTED by a transport that cannot
     */
    default int disconnect(int peer) {
        return BtlStatus.UNSUPPORTED;
    }

    /** Whether there is a connection to the peer at this moment. */
    boolean isConnected(int peer);

    /**
     * Sends an active message. If there is no connection yet, it waits for one.
     *
     * @param tag 0 to 255
     * @param data heap or direct
     * @param offset where the message begins
     * @param length its bytes, 0 to {@link #maxSendBytes()}
     * @param handler told when the message is in the peer's memory, or null
     * @return OK, or BACK_PRESSURE ({@link #onRoom} has it told when to try again), TOO_LONG, PEER_FAILED, CLOSED, INVALID
     */
    int send(
            int peer,
            int tag,
            ByteBuffer data,
            int offset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie);

    /** Sends what is between the buffer's position and limit, without a handler. */
    default int send(int peer, int tag, ByteBuffer data) {
        return send(peer, tag, data, data.position(), data.remaining(), null, 0);
    }

    /**
     * Sends now or not at all: there is no handler, and nothing is queued. For the owner only.
     *
     * @param length 0 to {@link #maxImmediateBytes()}
     * @return OK when it is on its way; NOT_CONNECTED, BACK_PRESSURE, TOO_LONG, PEER_FAILED, CLOSED, INVALID, NOT_OWNER
     */
    int sendImmediate(int peer, int tag, ByteBuffer data, int offset, int length);

    /**
     * Memory of the device, zeroed: on every device the kind that peers can reach. Where there are several devices the first call waits
     * for the launcher to tell, rank by rank, by which of them ranks are reached; it gives up with the first rank of which it does not
     * tell in its time. Any thread: all of its pages are made before it returns, half a second for each GiB and more where memory
     * is short, so a program with much to allocate does it before its owner has peers to serve, or on a thread beside it.
     *
     * @param lengthBytes 1 to {@link #maxMemoryBytes()}; who needs more takes several
     * @throws BtlException if there is not enough, if that is more than a device takes, or if the launcher did not tell
     */
    RegisteredMemory allocate(long lengthBytes);

    /**
     * The longest memory that {@link #allocate} and {@link #register} take on each of this rank's devices: 2^30 bytes on the software
     * device, 2^31 - 4,097 on RDMA devices that do not have less.
     */
    default long maxMemoryBytes() {
        return Long.MAX_VALUE;
    }

    /**
     * Registers the caller's own memory, position to limit. Whether peers can reach it depends on the device:
     * {@link RegisteredMemory#isRemote()}. Waits as {@link #allocate} does. Any thread.
     *
     * @param memory a direct buffer; kept reachable until the registration is closed
     * @throws BtlException if the device refuses it, or the launcher did not tell
     */
    RegisteredMemory register(ByteBuffer memory);

    /**
     * Writes our memory into a peer's. An RDMA device does so by itself; on the software device the owner copies, within the call or a
     * round of progress, 20 to 100 ms for each GiB, while its other peers wait: where that matters, put some MiB at a time.
     *
     * @param length 0 to 2^31 - 1
     * @param handler told when the bytes are in the peer's memory and ours may be changed, or null
     * @return OK, or BACK_PRESSURE, PEER_FAILED, CLOSED, INVALID (also: beyond either memory, ours is closed or of another
     *     transport, or the handle is another peer's), UNSUPPORTED (a device that
     *     came after the memory was registered, here or there, cannot reach it)
     */
    int put(
            int peer,
            RegisteredMemory local,
            long localOffset,
            MemoryHandle remote,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie);

    /** Reads a peer's memory into ours; otherwise as {@link #put}. */
    int get(
            int peer,
            RegisteredMemory local,
            long localOffset,
            MemoryHandle remote,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie);

    /**
     * As {@link #put} from any memory, heap or direct, through a copy. The bytes are taken when there is room in the
     * transport's staging memory: the buffer must stay unchanged until the handler is called. Each call makes one small object, a view of the
     * buffer, since its position and limit stay the program's.
     */
    int putBytes(
            int peer,
            ByteBuffer local,
            int localOffset,
            MemoryHandle remote,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie);

    /** As {@link #get} into any memory, heap or direct, through a copy. */
    int getBytes(
            int peer,
            ByteBuffer local,
            int localOffset,
            MemoryHandle remote,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie);

    /**
     * Adds to eight aligned bytes of the peer's memory, in its native order, atomically.
     *
     * @param result where the value before goes: eight bytes at this offset, in native order
     * @return OK, or NOT_CONNECTED (a connection is begun), UNSUPPORTED (the peer takes no atomics by the device that reaches it: {@link
     *     #hasAtomics} says why, and what to do), BACK_PRESSURE, PEER_FAILED, CLOSED, INVALID
     */
    int fetchAdd(
            int peer,
            RegisteredMemory result,
            long resultOffset,
            MemoryHandle remote,
            long remoteOffset,
            long add,
            @Nullable CompletionHandler handler,
            long cookie);

    /** Stores {@code swap} if the value is {@code compare}; otherwise as {@link #fetchAdd}. */
    int compareSwap(
            int peer,
            RegisteredMemory result,
            long resultOffset,
            MemoryHandle remote,
            long remoteOffset,
            long compare,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie);

    /**
     * Moves everything on: what arrived, what completed, what waits. Never waits for a peer, nor for the launcher, which is asked for what a
     * peer has published at the first contact with it.
     *
     * @return how much was done, 0 for nothing; NOT_OWNER on another thread; 0 within a callback; CLOSED once it is closed
     */
    int progress();

    /** Makes the calling thread the owner. The owner before must have stopped calling, and that be known to this one. */
    void adopt();

    /** What has been counted so far, by name. Any thread. */
    Map<String, Long> counters();

    /**
     * Asks the launcher to end the whole job with this status, 1 to 255, and one line for the user. Where there is no launcher the line
     * is logged, and nothing ends.
     *
     * @throws BtlException if the launcher cannot be told
     * @throws IllegalArgumentException if the status is none of these
     */
    void abort(int status, String message);

    /**
     * Completes what was accepted, tells the peers, gives back everything and leaves the job; bounded in time. What cannot
     * be completed in time completes with CLOSED. On the owner, not within a callback, though it calls callbacks. Idempotent.
     *
     * <p>Nothing waits for other ranks: to one that connects only afterwards this one is a peer that does not answer. So ranks agree on the
     * end before, by a barrier of their own: each sends rank 0 a message when it has nothing more to send, rank 0 answers all when it has
     * everybody's, and each progresses until it has the answer, and then closes.
     */
    @Override
    void close();
}
