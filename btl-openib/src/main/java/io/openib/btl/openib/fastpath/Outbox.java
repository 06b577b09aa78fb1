package io.openib.btl.openib.fastpath;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.memory.FragmentPool;
import io.openib.btl.openib.wire.Header;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What goes to one peer: straight on its lane if there is one and nothing waits, else behind what waits, up to a bound.
 */
public final class Outbox {
    private final FastPath path;
    private final int peer;
    private final int capacity;

    /** Bytes that the first receive queue takes: where most messages go. */
    private final int firstQueueBytes;

    /** How many wait, by receive queue. */
    private int[] waiting = new int[0];

    private byte[] queueOf = new byte[0];
    private byte[] tags = new byte[0];
    private int[] fragments = new int[0];
    private int[] lengths = new int[0];
    private long[] cookies = new long[0];
    private @Nullable CompletionHandler[] handlers = new @Nullable CompletionHandler[0];
    private int head;
    private int tail;
    private boolean isListed;
    /** Transfers, and staging fragments of theirs, that are the peer's. */
    private int transfers;

    private int staged;
    private volatile @Nullable Lane lane;

    /** An empty one without a lane. */
    public Outbox(FastPath path, int peer) {
        this.path = path;
        this.peer = peer;
        this.firstQueueBytes = path.shape.queues().queue(0).sizeBytes();
        this.capacity = Integer.highestOneBit(Math.max(1, path.shape.pendingSends()) * 2 - 1);
    }

    /** The peer's rank. */
    public int peer() {
        return peer;
    }

    /** The way to the peer, if it is connected; any thread may ask. */
    public @Nullable Lane lane() {
        return lane;
    }

    /** Puts a lane in use, or takes it out of use; what waits goes on with the next round. */
    public void use(@Nullable Lane newLane) {
        lane = newLane;
        list();
    }

    /** Whether sends wait. */
    public boolean isWaiting() {
        return head != tail;
    }

    /** Whether anything is left to be done: sends that wait, puts, gets, or what is posted. */
    public boolean isBusy() {
        Lane way = lane;
        return isWaiting() || transfers > 0 || (way != null && !way.hasNothingToComplete());
    }

    /**
     * Sends an active message, or lets it wait.
     *
     * @return OK, TOO_LONG, BACK_PRESSURE when too much waits, or PEER_FAILED when there is no memory for it, of which the peer is told within
     *     the next round
     */
    public int send(
            int tag, ByteBuffer data, int offset, int length, @Nullable CompletionHandler handler, long cookie) {
        int queue = queueFor(length);
        if (queue < 0) {
            return BtlStatus.TOO_LONG;
        }
        Lane way = lane;
        if (way != null && head == tail) {
            int code = way.send(queue, tag, data, offset, length, handler, cookie);
            if (code != BtlStatus.BACK_PRESSURE) {
                return code;
            }
        }
        return enqueue(queue, tag, data, offset, length, handler, cookie);
    }

    private int queueFor(int length) {
        return length <= firstQueueBytes ? 0 : path.shape.queues().queueFor(length);
    }

    /** Sends now or not at all. */
    public int sendImmediate(int tag, ByteBuffer data, int offset, int length) {
        int queue = queueFor(length);
        Lane way = lane;
        if (queue < 0) {
            return BtlStatus.TOO_LONG;
        }
        if (way == null) {
            return BtlStatus.NOT_CONNECTED;
        }
        return head == tail ? way.send(queue, tag, data, offset, length, null, 0) : BtlStatus.BACK_PRESSURE;
    }

    /**
     * Writes or reads the peer's memory, from or to registered memory.
     *
     * @param isRead whether it reads
     * @return OK or BACK_PRESSURE
     */
    public int rdma(
            boolean isRead,
            long address,
            int lkey,
            long remoteAddress,
            int rkey,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        int opcode = isRead ? WrOpcode.RDMA_READ : WrOpcode.RDMA_WRITE;
        Lane way = lane;
        if (way != null && length <= path.shape.maxMessageBytes() && !path.transfers.isPosting()) {
            int code = way.rdma(opcode, address, lkey, length, remoteAddress, rkey, handler, cookie);
            if (code == BtlStatus.OK) {
                return code;
            }
        }
        Transfer transfer = path.transfers.take(transfers);
        if (transfer == null) {
            return refuse();
        }
        transfer.begin(this, opcode, address, lkey, path.shape.maxMessageBytes());
        transfer.to(remoteAddress, rkey, length, handler, cookie);
        path.transfers.start(transfer);
        return BtlStatus.OK;
    }

    /** Writes or reads the peer's memory, from or to any memory, through copies. */
    public int rdma(
            boolean isRead,
            ByteBuffer local,
            int localOffset,
            long remoteAddress,
            int rkey,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Transfer transfer = path.transfers.take(transfers);
        if (transfer == null) {
            return refuse();
        }
        int piece = Math.min(FastPathResources.STAGING_BYTES, path.shape.maxMessageBytes());
        transfer.begin(this, isRead ? WrOpcode.RDMA_READ : WrOpcode.RDMA_WRITE, local, localOffset, piece);
        transfer.to(remoteAddress, rkey, length, handler, cookie);
        path.transfers.start(transfer);
        return BtlStatus.OK;
    }

    /**
     * Adds to, or compares and swaps, eight bytes of the peer's.
     *
     * @return OK, NOT_CONNECTED or BACK_PRESSURE
     */
    public int atomic(
            boolean isSwap,
            long address,
            int lkey,
            long remoteAddress,
            int rkey,
            long compareAdd,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie) {
        Lane way = lane;
        if (way == null) {
            return BtlStatus.NOT_CONNECTED;
        }
        int opcode = isSwap ? WrOpcode.ATOMIC_CMP_AND_SWP : WrOpcode.ATOMIC_FETCH_AND_ADD;
        return way.atomic(opcode, address, lkey, remoteAddress, rkey, compareAdd, swap, handler, cookie);
    }

    /** A transfer of the peer's begins. */
    void transferBegun() {
        transfers++;
    }

    /** And is over. */
    void transferDone() {
        transfers--;
    }

    /** Takes a fragment for a piece that has to be copied. */
    int takeStaged() {
        int fragment = path.take(path.staging, peer, staged);
        staged += fragment == FragmentPool.NONE ? 0 : 1;
        return fragment;
    }

    void giveBackStaged(int fragment) {
        path.staging.giveBack(fragment);
        staged--;
    }

    /** What {@link #sendImmediate} is of these kinds of calls, with a message of this length. */
    public int immediate(int length) {
        return Room.immediate(queueFor(length));
    }

    /** Of these kinds of calls, as {@link Room} has them, those that there is room for. */
    public int room(int kinds) {
        Lane way = lane;
        int room = hasRoomToWait() ? Room.SENDS : 0;
        if (path.transfers.hasRoom(2 * transfers)) {
            room |= Room.TRANSFERS;
        }
        if (way == null || way.hasRoomForAtomics()) {
            room |= Room.ATOMICS;
        }
        for (int queue = 0; queue < path.pools.length; queue++) {
            if (way == null || (head == tail && way.hasRoom(queue))) {
                room |= Room.immediate(queue);
            }
        }
        return kinds & room;
    }

    private boolean hasRoomToWait() {
        boolean isRoom = 2 * (tail - head) <= capacity;
        for (int queue = 0; queue < waiting.length; queue++) {
            isRoom &= path.pools[queue].hasRoom(2 * waiting[queue]);
        }
        return isRoom;
    }

    private int refuse() {
        path.counters.add(Counter.BACK_PRESSURE);
        return BtlStatus.BACK_PRESSURE;
    }

    private int enqueue(
            int queue,
            int tag,
            ByteBuffer data,
            int offset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        if (handlers.length == 0) {
            makeRoom();
        }
        FragmentPool pool = path.pools[queue];
        if (tail - head == capacity) {
            return refuse();
        }
        int fragment = path.take(pool, peer, waiting[queue]);
        if (fragment == FragmentPool.NONE) {
            return pool.isStarved() ? BtlStatus.PEER_FAILED : refuse();
        }
        waiting[queue]++;
        pool.buffer(fragment).put(pool.offset(fragment) + Header.BYTES, data, offset, length);
        int at = tail++ & (capacity - 1);
        queueOf[at] = (byte) queue;
        tags[at] = (byte) tag;
        fragments[at] = fragment;
        lengths[at] = length;
        cookies[at] = cookie;
        handlers[at] = handler;
        path.counters.add(Counter.SENDS_QUEUED);
        list();
        return BtlStatus.OK;
    }

    private void makeRoom() {
        waiting = new int[path.shape.queues().count()];
        queueOf = new byte[capacity];
        tags = new byte[capacity];
        fragments = new int[capacity];
        lengths = new int[capacity];
        cookies = new long[capacity];
        handlers = new @Nullable CompletionHandler[capacity];
    }

    private void list() {
        if (!isListed && isStalled()) {
            isListed = true;
            path.stalled.add(this);
        }
    }

    boolean isStalled() {
        return head != tail && lane != null;
    }

    void unlisted() {
        isListed = false;
    }

    /** Sends what waits, as far as it goes; returns how many. */
    int drain() {
        int count = 0;
        Lane way = lane;
        while (way != null && head != tail) {
            int at = head & (capacity - 1);
            int code = way.sendFragment(
                    queueOf[at], tags[at] & 0xff, fragments[at], lengths[at], handlers[at], cookies[at]);
            if (code != BtlStatus.OK) {
                break;
            }
            handlers[at] = null;
            waiting[queueOf[at]]--;
            head++;
            count++;
        }
        return count;
    }

    /** Completes all that waits with this status, oldest first. What the handlers send meanwhile waits anew. */
    public void failWaiting(int status) {
        path.transfers.abandon(this, status);
        int end = tail;
        while (head != end) {
            int at = head & (capacity - 1);
            CompletionHandler handler = handlers[at];
            long cookie = cookies[at];
            path.pools[queueOf[at]].giveBack(fragments[at]);
            waiting[queueOf[at]]--;
            handlers[at] = null;
            head++;
            if (handler != null) {
                path.notify(handler, cookie, status);
            }
        }
    }
}
