package io.openib.btl.openib.fastpath;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.ReceiveHandler;
import io.openib.btl.openib.memory.FragmentPool;
import io.openib.btl.openib.memory.Slab;
import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.WorkRequestId;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The hot side of one module: one completion queue for the receives of all its lanes and one for their sends, so that
 * silent peers cost nothing. Owned by the thread that calls {@link #progress()}.
 */
public final class FastPath {
    /** The send queue is looked at once in so many rounds when nothing is known to be under way. */
    private static final int IDLE_SEND_POLL_MASK = 15;

    final Counters counters;
    final FragmentPool[] pools;
    final FragmentPool staging;
    final LaneShape shape;
    final Transfers transfers = new Transfers(this);
    /** Tried in each round. */
    final StalledOutboxes stalled = new StalledOutboxes();
    /** Signalled requests posted and not completed. */
    int signalled;

    private final FastPathResources resources;
    private final CompletionQueue recvCq;
    private final CompletionQueue sendCq;
    private final WorkCompletions recvBatch;
    private final WorkCompletions sendBatch;
    private final ReceiveTable receiveTable;
    private final LaneListener listener;
    private final LaneTable laneByQp = new LaneTable();
    private @Nullable Lane[] lanes = new @Nullable Lane[16];
    private final Refusals refusals = new Refusals();
    private final AllLanes all = new AllLanes(this);
    private final Losses losses = new Losses();
    private final Shortages shortages = new Shortages();
    private final RetiredLanes retired = new RetiredLanes();
    private final Leisure leisure = new Leisure();
    private int rounds;
    private int polls;
    private int failure = BtlStatus.PEER_FAILED;
    private boolean isHearing;

    /** Takes over the resources, which {@link FastPathResources#close()} releases afterwards. */
    public FastPath(FastPathResources resources, ReceiveTable receiveTable, Counters counters, LaneListener listener) {
        this.resources = resources;
        this.shape = resources.shape();
        this.recvCq = resources.recvCq();
        this.sendCq = resources.sendCq();
        this.recvBatch = recvCq.newCompletions(shape.pollBatch());
        this.sendBatch = sendCq.newCompletions(shape.pollBatch());
        this.pools = resources.pools();
        this.staging = resources.staging();
        this.receiveTable = receiveTable;
        this.counters = counters;
        this.listener = listener;
    }

    /** Learns of a lane on which something may arrive from now on. */
    public void announce(Lane lane) {
        if (lane.slot() >= lanes.length) {
            lanes = Arrays.copyOf(lanes, Math.max(lane.slot() + 1, lanes.length * 2));
        }
        lanes[lane.slot()] = lane;
        laneByQp.put(lane);
    }

    /** Forgets a lane that never came up, or is drained. */
    public void forget(Lane lane) {
        if (lane.slot() < lanes.length && lanes[lane.slot()] == lane) {
            lanes[lane.slot()] = null;
            laneByQp.remove(lane);
        }
    }

    /** Lets a lane send; false if it has failed already. */
    public boolean putUp(Lane lane) {
        if (lane.isFailed()) {
            return false;
        }
        lane.putUp();
        return true;
    }

    /**
     * Takes a lane out of use: its queue pairs go to ERR, and what is posted is drained until the deadline. {@link
     * LaneListener#onLaneDrained} follows, in a later round, once: who comes again, even after that, is told nothing.
     */
    public void retire(Lane lane, long deadlineNs) {
        if (!lane.beginRetirement()) {
            return;
        }
        lane.fail(deadlineNs);
        resources.moveToError(lane);
        lane.postSentinels();
        retired.add(lane);
    }

    /** The device reports that it takes no further shared receive for a queue pair, of whichever module. */
    public void lastReceiveTaken(int qpNumber) {
        Lane lane = laneByQp.find(qpNumber);
        if (lane != null) {
            retired.lastReceiveTaken(lane, qpNumber);
        }
    }

    /** Has the peer know that nothing more comes by a lane, if there is a slot for it. It is to be retired next. */
    public void tellGivenUp(Lane lane) {
        lane.sayLast(Header.GIVEN_UP);
    }

    /** Moves everything on; returns how much was done. */
    public int progress() {
        int received = pollReceives();
        int work = received;
        if (received == 0) {
            leisure.use();
        }
        if (signalled > 0 || (++rounds & IDLE_SEND_POLL_MASK) == 0) {
            work += pollSends(true);
        }
        if (!stalled.isEmpty()) {
            work += stalled.drain();
        }
        if (transfers.isPosting()) {
            work += transfers.advance();
        }
        if (!refusals.isEmpty()) {
            refusals.drainTo(this);
        }
        if (!shortages.isEmpty()) {
            tellShortages();
        }
        if (!losses.isEmpty()) {
            losses.settle(this, received == 0);
        }
        if (!retired.isEmpty()) {
            retired.sweep(this, received == 0);
        }
        return work;
    }

    private int pollReceives() {
        int count = recvCq.poll(recvBatch);
        if (count > 0) {
            polls++;
        }
        for (int i = 0; i < count; i++) {
            long wrId = recvBatch.wrId(i);
            if (recvBatch.status(i) == WcStatus.SUCCESS.code()) {
                received(wrId, recvBatch.qpNumber(i), recvBatch.byteLength(i));
            } else {
                receiveFailed(wrId, recvBatch.qpNumber(i), recvBatch.status(i));
            }
        }
        return Math.max(count, 0);
    }

    /** What the peer sent before a request to it failed may still wait to be polled, its goodbye among it. */
    private void hearFirst(Lane lane) {
        isHearing = true;
        int rounds = 0;
        while (rounds < Losses.MOST_ROUNDS && !lane.isFailed() && pollReceives() > 0) {
            rounds++;
        }
        isHearing = false;
    }

    private void received(long wrId, int qpNumber, int length) {
        int index = WorkRequestId.index(wrId);
        int queue = WorkRequestId.queue(wrId);
        if (WorkRequestId.kind(wrId) == WorkRequestId.RECV) {
            Lane lane = laneOf(WorkRequestId.lane(wrId));
            PeerReceives receives = lane == null ? null : lane.queues[queue].receives;
            if (lane != null && receives != null) {
                receivedPerPeer(lane, receives, index, length);
            }
            return;
        }
        SharedReceives shared = resources.shared(queue);
        Lane lane = laneByQp.find(qpNumber);
        if (lane == null) {
            listener.onUnknownQueuePair();
            lane = laneByQp.find(qpNumber);
        }
        if (lane == null) {
            counters.add(Counter.DROPPED_NO_LANE);
        } else {
            deliver(lane, shared.slab(index), shared.offset(index), length);
        }
        if (shared.release(index, polls)) {
            counters.add(Counter.SHARED_GROWTHS);
        }
    }

    private @Nullable Lane laneOf(int slot) {
        if (slot >= lanes.length || lanes[slot] == null) {
            listener.onUnknownQueuePair();
        }
        return slot < lanes.length ? lanes[slot] : null;
    }

    private void receivedPerPeer(Lane lane, PeerReceives receives, int index, int length) {
        receives.completed();
        int control = deliver(lane, receives.slab(), receives.offset(index), length);
        if (lane.isFailed()) {
            return;
        }
        if (control == Header.DATA) {
            receives.release(index);
            leisure.heard(lane, receives);
            if (receives.isCreditMessageDue()) {
                lane.returnCredits();
            }
        } else {
            receives.releaseReserved(index);
            if (control == Header.CREDITS) {
                lane.creditMessageSeen();
            }
        }
    }

    /** Returns what kind of message it was. */
    private int deliver(Lane lane, Slab slab, int offset, int length) {
        long header = length < Header.BYTES ? -1 : slab.buffer().getLong(offset);
        int control = Header.control(header);
        if (control > Header.GIVEN_UP || !lane.takeHeader(header)) {
            report(
                    lane,
                    "the peer sent a message that is none: " + length + " bytes, header 0x" + Long.toHexString(header));
            return Header.DATA;
        }
        if (control == Header.DATA) {
            deliverData(lane, Header.tag(header), slab, offset + Header.BYTES, length - Header.BYTES);
        } else if (control == Header.GOODBYE) {
            listener.onGoodbye(lane);
        } else if (control == Header.GIVEN_UP) {
            lose(lane, "the peer has given up the connection");
        }
        return control;
    }

    private void deliverData(Lane lane, int tag, Slab slab, int offset, int length) {
        ReceiveHandler handler = receiveTable.handler(tag);
        if (handler == null) {
            listener.onUnclaimed(lane.peer(), tag);
            return;
        }
        counters.add(Counter.RECEIVES);
        try {
            handler.onMessage(lane.peer(), tag, slab.view(), offset, length);
        } catch (Throwable thrown) {
            counters.add(Counter.CALLBACK_FAILURES);
            listener.onCallbackFailure("receive handler of tag " + tag, thrown);
        }
    }

    private void receiveFailed(long wrId, int qpNumber, int status) {
        boolean isShared = WorkRequestId.kind(wrId) == WorkRequestId.SHARED_RECV;
        Lane lane = isShared ? laneByQp.find(qpNumber) : laneOf(WorkRequestId.lane(wrId));
        if (isShared) {
            resources.shared(WorkRequestId.queue(wrId)).release(WorkRequestId.index(wrId), polls);
        } else if (lane != null) {
            PeerReceives receives = lane.queues[WorkRequestId.queue(wrId)].receives;
            if (receives != null) {
                receives.completed();
            }
        }
        if (lane == null) {
            return;
        }
        String what = "a receive on queue " + WorkRequestId.queue(wrId) + " failed: " + meaning(status);
        if (status == WcStatus.WR_FLUSH_ERR.code()) {
            // The request that failed, and flushed this, says why.
            if (!isHearing) {
                pollSends(false);
            }
            losses.addSymptom(lane, what);
        } else {
            report(lane, what);
        }
    }

    private int pollSends(boolean isBehindReceives) {
        int count = sendCq.poll(sendBatch);
        for (int i = 0; i < count; i++) {
            long wrId = sendBatch.wrId(i);
            int slot = WorkRequestId.lane(wrId);
            Lane lane = slot < lanes.length ? lanes[slot] : null;
            if (lane != null) {
                LaneQueue queue = lane.queues[WorkRequestId.queue(wrId)];
                int status = sendBatch.status(i);
                if (status != WcStatus.SUCCESS.code()) {
                    if (isBehindReceives) {
                        hearFirst(lane);
                    }
                    report(
                            lane,
                            "a request on queue " + queue.index + " failed: " + meaning(status) + " (vendor error 0x"
                                    + Integer.toHexString(sendBatch.vendorError(i)) + ")");
                }
                complete(lane, queue, WorkRequestId.index(wrId), statusOf(status));
            }
        }
        signalled = Math.max(0, signalled - Math.max(count, 0));
        return Math.max(count, 0);
    }

    private static String meaning(int status) {
        return WcStatus.ofCode(status).meaning();
    }

    private int statusOf(int status) {
        if (status == WcStatus.SUCCESS.code()) {
            return BtlStatus.OK;
        }
        return status == WcStatus.REM_ACCESS_ERR.code() ? BtlStatus.REMOTE_ACCESS : failure;
    }

    /** From now on what fails completes with this status. */
    public void failWith(int status) {
        failure = status;
    }

    private void complete(Lane lane, LaneQueue queue, int position, int status) {
        if (!queue.ring.holds(position)) {
            return;
        }
        boolean isAsked = false;
        while (queue.ring.head() != position) {
            isAsked |= completeOldest(lane, queue, BtlStatus.OK);
        }
        isAsked |= completeOldest(lane, queue, status);
        if (!lane.isFailed()) {
            lane.slotFreed(isAsked);
        }
    }

    /** Returns whether it was anything but a keepalive. */
    private boolean completeOldest(Lane lane, LaneQueue queue, int status) {
        SendRing ring = queue.ring;
        byte kind = ring.headKind();
        int fragment = ring.headFragment();
        CompletionHandler handler = ring.headHandler();
        long cookie = ring.headCookie();
        ring.pop();
        if (kind == SendRing.WINDOWED) {
            queue.leaveWindow();
        } else if (kind == SendRing.READ) {
            lane.readCompleted();
        } else if (kind == SendRing.KEEPALIVE) {
            lane.signs.await(false);
        }
        if (fragment != FragmentPool.NONE) {
            pools[queue.index].giveBack(fragment);
            queue.fragmentCompleted();
        }
        if (handler != null) {
            notify(handler, cookie, status);
        }
        return kind != SendRing.KEEPALIVE;
    }

    /**
     * Takes a fragment for a peer that has so many already; none as well when there is no memory for more, since what is under way gives some
     * back. Where nothing is, the pool is starved: {@link #refusal} tells.
     */
    int take(FragmentPool pool, int peer, int held) {
        try {
            return pool.take(held);
        } catch (VerbsException e) {
            listener.onShortage(e);
            if (pool.isStarved()) {
                shortages.add(pool, peer, e);
            }
            return FragmentPool.NONE;
        }
    }

    /** What to answer where there was no fragment: BACK_PRESSURE only if somebody may give one back. */
    static int refusal(FragmentPool pool) {
        return pool.isStarved() ? BtlStatus.PEER_FAILED : BtlStatus.BACK_PRESSURE;
    }

    /** Tells of the peers to which nothing can be sent, before what was to be sent to them completes. */
    public void tellShortages() {
        shortages.drainTo(listener);
    }

    /** Whether every put and get is complete. */
    public boolean hasNoTransfers() {
        return transfers.areDone();
    }

    /** Completes what never reached a lane. */
    public void complete(CompletionHandler handler, long cookie, int status) {
        notify(handler, cookie, status);
    }

    /** Calls a completion handler, whatever it does. */
    void notify(CompletionHandler handler, long cookie, int status) {
        try {
            handler.onComplete(cookie, status);
        } catch (Throwable thrown) {
            counters.add(Counter.CALLBACK_FAILURES);
            listener.onCallbackFailure("completion handler", thrown);
        }
    }

    /** A lane is of no more use; tells the listener, the first time. */
    void report(Lane lane, String what) {
        if (!lane.isFailed()) {
            lane.fail(Long.MAX_VALUE);
            counters.add(Counter.LANE_ERRORS);
            listener.onLaneError(lane, what);
        }
    }

    /** The connection is over, as somebody else found out; told when what came before has been received. */
    public void lose(Lane lane, String why) {
        if (laneAt(lane.slot()) == lane) {
            losses.add(lane, why);
        }
    }

    /** The device took no request; told within the next round, since no callback may run now. */
    void refused(Lane lane, int code) {
        refusals.add(lane, "the device refused a request: " + Errno.name(code));
    }

    /** There is no memory for what the lane itself must say to the peer, and none to come; told in the same way. */
    void starved(Lane lane) {
        refusals.add(lane, "there is no memory for what returns credits to the peer");
    }

    /** A retired lane has nothing to wait for any more. */
    void drained(Lane lane) {
        completeAll(lane);
        forget(lane);
        listener.onLaneDrained(lane);
    }

    /** Completes what a lane still holds, oldest first. */
    void completeAll(Lane lane) {
        for (LaneQueue queue : lane.queues) {
            while (!queue.ring.isEmpty()) {
                completeOldest(lane, queue, failure);
            }
        }
    }

    /** Lanes that are up, for rounds of keepalive and for closing. */
    public @Nullable Lane laneAt(int slot) {
        return slot < lanes.length ? lanes[slot] : null;
    }

    /** One more than the highest slot that may hold a lane. */
    public int slotLimit() {
        return lanes.length;
    }

    /** Posts a keepalive if the lane was silent since the last call, and none is under way; returns whether it did. */
    public boolean keepAlive(Lane lane) {
        if (!lane.isUp() || lane.signs.takeActivity() || !lane.postKeepalive()) {
            return false;
        }
        counters.add(Counter.KEEPALIVES);
        return true;
    }

    /** What is done with all lanes at once. */
    public AllLanes all() {
        return all;
    }

    /** Posts a zero-byte write on a lane; the answer comes at once if it cannot be posted. */
    public void probe(Lane lane, CompletionHandler answer) {
        if (!lane.probe(answer)) {
            notify(answer, 0, BtlStatus.PEER_FAILED);
        }
    }
}
