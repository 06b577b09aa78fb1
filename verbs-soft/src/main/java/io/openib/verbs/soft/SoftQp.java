package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressVector;
import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Errno;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import io.openib.verbs.QueuePair;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What both kinds of queue pair share: state, send slots, receives, and the hand-over to the device thread. A post runs at
 * once when nothing is pending before it; while something is, only the device thread runs sends of this queue pair, and the
 * poster only adds to what is pending.
 */
abstract sealed class SoftQp implements QueuePair permits RcQp, UdQp {
    /** An attempt got no answer: it is made again after a while. */
    static final int UNANSWERED = -1;

    /** The receiver was not ready: it is tried again when the receiver's timer is over. */
    static final int NOT_READY = -2;

    /** The injector holds the operation back. */
    static final int HELD_BACK = -3;

    final SoftPd pd;
    final SoftAdapter adapter;
    final SoftCq sendCq;
    final SoftCq recvCq;
    final @Nullable SoftSrq srq;
    final ByteBuffer shown;
    final int shownOffset;
    final Pieces gathered;

    /** The inline data of a pending send while the device thread runs it. */
    @Nullable
    ByteBuffer inlined;

    private final QpType type;
    private final QpCapabilities capabilities;
    private final boolean isSqSigAll;
    private final int number;
    private final @Nullable ReceiveQueue receives;
    private final PendingSends pending;
    private final QpAttributes attributes = QpAttributes.none();
    private volatile QpState state = QpState.RESET;
    private volatile boolean isClosed;
    private long nextSlot;
    private volatile long freeSlots;
    private int epoch;

    SoftQp(SoftPd pd, QpInitAttributes init) {
        this.pd = pd;
        this.adapter = pd.adapter();
        this.type = init.type();
        this.sendCq = (SoftCq) init.sendCq();
        this.recvCq = (SoftCq) init.recvCq();
        this.srq = (SoftSrq) init.srq();
        this.capabilities = QpLimits.granted(init);
        this.isSqSigAll = init.isSqSigAll();
        this.number = adapter.queuePairs().takeNumber();
        long entry = adapter.queuePairs().entry(number);
        this.shown = adapter.arena().memory(Address.segment(entry));
        this.shownOffset = Address.offset(entry);
        this.gathered = new Pieces(Math.max(1, capabilities.maxSendSge()));
        this.pending = new PendingSends(capabilities);
        this.receives = srq == null ? new ReceiveQueue(this) : null;
        sendCq.attach();
        recvCq.attach();
        if (srq != null) {
            srq.attach();
        }
        showFixed();
        showState();
    }

    /** Makes it findable, once it is made whole. */
    final void enter() {
        adapter.queuePairs().enter(this);
    }

    private void showFixed() {
        for (int offset = 0; offset < QpContext.BYTES; offset += Long.BYTES) {
            if (offset != QpContext.OPERATION) {
                Words.putLong(shown, shownOffset + offset, 0);
            }
        }
        Words.putInt(shown, shownOffset + QpContext.DOMAIN, pd.number());
        Words.putInt(shown, shownOffset + QpContext.TYPE, type.code());
        if (srq != null) {
            Words.putLong(shown, shownOffset + QpContext.SRQ, srq.shownAddress());
        } else if (receives != null) {
            receives.show();
        }
    }

    private void showState() {
        Words.putLongVolatile(shown, shownOffset + QpContext.WORD, QpContext.word(epoch, state, number));
    }

    @Override
    public final int number() {
        return number;
    }

    @Override
    public final QpType type() {
        return type;
    }

    @Override
    public final ProtectionDomain protectionDomain() {
        return pd;
    }

    @Override
    public final CompletionQueue sendCq() {
        return sendCq;
    }

    @Override
    public final CompletionQueue recvCq() {
        return recvCq;
    }

    @Override
    public final @Nullable SharedReceiveQueue srq() {
        return srq;
    }

    @Override
    public final QpCapabilities capabilities() {
        return capabilities;
    }

    final boolean isClosed() {
        return isClosed;
    }

    final PendingSends pending() {
        return pending;
    }

    final int epoch() {
        return epoch;
    }

    /** The attributes that were set; guarded by this queue pair's lock where they are changed. */
    final QpAttributes attributes() {
        return attributes;
    }

    final String place() {
        return pd.softDevice().place() + " qp " + number;
    }

    @Override
    public final QpState state() {
        noticePeerFault();
        return state;
    }

    final QpState stateNow() {
        return state;
    }

    /** Looks whether the peer has said that an operation of its failed here. */
    void noticePeerFault() {}

    @Override
    public final synchronized void modify(QpAttributes wanted) {
        noticePeerFault();
        if (isClosed) {
            throw refused("it is closed");
        }
        String problem = QpRules.problem(type, state, wanted);
        problem = problem != null ? problem : pd.softDevice().valueProblem(wanted);
        if (problem != null) {
            throw refused(problem);
        }
        merge(wanted);
        QpState to = wanted.has(QpAttribute.STATE) ? wanted.state() : state;
        switch (to) {
            case RESET -> reset();
            case ERR -> fail();
            case RTR -> becomeReceiver();
            default -> moveTo(to);
        }
        showAttributes();
        if (to == QpState.RTS && !pending.isEmpty()) {
            adapter.deviceThread().carryOn(this);
        }
    }

    private VerbsException refused(String why) {
        return new VerbsException("ibv_modify_qp", place(), Errno.EINVAL, why);
    }

    private void becomeReceiver() {
        epoch++;
        showAttributes();
        connect();
        moveTo(QpState.RTR);
    }

    /** Prepares for the peer that the attributes name, before the state shows that it may come. */
    abstract void connect();

    /** Forgets the peer. */
    abstract void disconnect();

    private void moveTo(QpState to) {
        state = to;
        showState();
    }

    private void reset() {
        moveTo(QpState.RESET);
        awaitPeers();
        adapter.deviceThread().drop(this);
        pending.clear();
        disconnect();
        sendCq.forget(this);
        recvCq.forget(this);
        freeSlots = nextSlot;
        if (receives != null) {
            receives.clear();
        }
        for (QpAttribute attribute : QpAttribute.values()) {
            attributes.without(attribute);
        }
        Words.putLong(shown, shownOffset + QpContext.FAULT, 0);
    }

    /** Moves to ERR: what is pending is flushed by the device thread, receives by who polls. Any thread. */
    final synchronized void fail() {
        if (state == QpState.ERR || state == QpState.RESET && isClosed) {
            return;
        }
        moveTo(QpState.ERR);
        VarHandle.fullFence();
        recvCq.beginFlush(this);
        if (!pending.isEmpty()) {
            adapter.deviceThread().carryOn(this);
        }
        if (srq != null) {
            raise(AsyncEventType.QP_LAST_WQE_REACHED);
        }
    }

    /** Moves sends to SQE after one has failed (datagrams): later ones are flushed, receives go on. */
    final synchronized void failSends() {
        if (state == QpState.RTS) {
            moveTo(QpState.SQE);
        }
    }

    final void raise(AsyncEventType event) {
        pd.softDevice().raise(new AsyncEvent(event, this, 0));
    }

    private void merge(QpAttributes wanted) {
        for (QpAttribute attribute : wanted.mask()) {
            switch (attribute) {
                case ACCESS_FLAGS -> attributes.accessFlags(wanted.accessFlags());
                case PKEY_INDEX -> attributes.pkeyIndex(wanted.pkeyIndex());
                case PORT -> attributes.port(wanted.port());
                case QKEY -> attributes.qkey(wanted.qkey());
                case AV -> attributes.addressVector(wanted.addressVector());
                case PATH_MTU -> attributes.pathMtu(wanted.pathMtu());
                case TIMEOUT -> attributes.timeout(wanted.timeout());
                case RETRY_CNT -> attributes.retryCount(wanted.retryCount());
                case RNR_RETRY -> attributes.rnrRetry(wanted.rnrRetry());
                case RQ_PSN -> attributes.rqPsn(wanted.rqPsn());
                case SQ_PSN -> attributes.sqPsn(wanted.sqPsn());
                case MAX_QP_RD_ATOMIC -> attributes.maxRdAtomic(wanted.maxRdAtomic());
                case MAX_DEST_RD_ATOMIC -> attributes.maxDestRdAtomic(wanted.maxDestRdAtomic());
                case MIN_RNR_TIMER -> attributes.minRnrTimer(wanted.minRnrTimer());
                case DEST_QPN -> attributes.destQpNumber(wanted.destQpNumber());
                default -> {
                    // STATE and CUR_STATE are moves, not attributes.
                }
            }
        }
    }

    private void showAttributes() {
        Words.putInt(shown, shownOffset + QpContext.PEER_NUMBER, attributes.destQpNumber());
        Words.putInt(shown, shownOffset + QpContext.RQ_PSN, attributes.rqPsn());
        Words.putInt(shown, shownOffset + QpContext.SQ_PSN, attributes.sqPsn());
        Words.putInt(
                shown, shownOffset + QpContext.PATH_MTU, attributes.pathMtu().code());
        Words.putInt(shown, shownOffset + QpContext.ACCESS, AccessFlag.bits(attributes.accessFlags()));
        Words.putInt(shown, shownOffset + QpContext.MIN_RNR_TIMER, attributes.minRnrTimer());
        Words.putInt(shown, shownOffset + QpContext.MAX_DEST_RD_ATOMIC, attributes.maxDestRdAtomic());
        Words.putIntRelease(shown, shownOffset + QpContext.QKEY, attributes.qkey());
        VarHandle.fullFence();
    }

    @Override
    public final synchronized QpAttributes query() {
        noticePeerFault();
        QpAttributes copy = QpAttributes.toState(state).currentState(state);
        for (QpAttribute attribute : attributes.mask()) {
            switch (attribute) {
                case ACCESS_FLAGS -> copy.accessFlags(attributes.accessFlags());
                case PKEY_INDEX -> copy.pkeyIndex(attributes.pkeyIndex());
                case PORT -> copy.port(attributes.port());
                case QKEY -> copy.qkey(attributes.qkey());
                case AV -> copy.addressVector(attributes.addressVector());
                case PATH_MTU -> copy.pathMtu(attributes.pathMtu());
                case TIMEOUT -> copy.timeout(attributes.timeout());
                case RETRY_CNT -> copy.retryCount(attributes.retryCount());
                case RNR_RETRY -> copy.rnrRetry(attributes.rnrRetry());
                case RQ_PSN -> copy.rqPsn(attributes.rqPsn());
                case SQ_PSN -> copy.sqPsn(attributes.sqPsn());
                case MAX_QP_RD_ATOMIC -> copy.maxRdAtomic(attributes.maxRdAtomic());
                case MAX_DEST_RD_ATOMIC -> copy.maxDestRdAtomic(attributes.maxDestRdAtomic());
                case MIN_RNR_TIMER -> copy.minRnrTimer(attributes.minRnrTimer());
                case DEST_QPN -> copy.destQpNumber(attributes.destQpNumber());
                default -> {
                    // STATE and CUR_STATE are set above.
                }
            }
        }
        return copy;
    }

    @Override
    public final SendWorkRequest newSendRequest(int maxSge) {
        return new SoftSendWr(checkedSges(maxSge, capabilities.maxSendSge()));
    }

    @Override
    public final RecvWorkRequest newRecvRequest(int maxSge) {
        return new SoftRecvWr(checkedSges(maxSge, capabilities.maxRecvSge()));
    }

    private static int checkedSges(int asked, int most) {
        if (asked < 0 || asked > most) {
            throw new IllegalArgumentException(asked + " entries, but the queue pair takes at most " + most);
        }
        return asked;
    }

    @Override
    public final int post(SendWorkRequest request) {
        SoftSendWr wr = (SoftSendWr) request;
        QpState now = state;
        if (now != QpState.RTS) {
            return postOutOfRts(wr, now);
        }
        int problem = check(wr);
        if (problem != 0) {
            return problem;
        }
        if (nextSlot - freeSlots >= capabilities.maxSendWr()) {
            return -Errno.ENOMEM;
        }
        long slot = nextSlot++;
        if (!pending.isEmpty()) {
            return defer(wr, slot);
        }
        int outcome = run(wr);
        if (outcome < 0) {
            return deferFirst(wr, slot, outcome);
        }
        complete(wr, slot, outcome);
        return 0;
    }

    private int postOutOfRts(SoftSendWr wr, QpState now) {
        boolean isFlushed = now == QpState.ERR || now == QpState.SQE;
        if (!isFlushed && now != QpState.SQD) {
            return -Errno.EINVAL;
        }
        int problem = check(wr);
        if (problem != 0) {
            return problem;
        }
        if (nextSlot - freeSlots >= capabilities.maxSendWr()) {
            return -Errno.ENOMEM;
        }
        long slot = nextSlot++;
        if (isFlushed && pending.isEmpty()) {
            complete(wr, slot, FLUSHED);
            return 0;
        }
        return defer(wr, slot);
    }

    static final int FLUSHED = WcStatus.WR_FLUSH_ERR.code();

    private int check(SoftSendWr wr) {
        if (wr.sgeCount < 0 || wr.sgeCount > capabilities.maxSendSge() || wr.sgeCount > wr.addresses.length) {
            return -Errno.EINVAL;
        }
        if (wr.opcode < 0 || wr.opcode > WrOpcode.ATOMIC_FETCH_AND_ADD) {
            return -Errno.EINVAL;
        }
        return wr.isInline() && !isInlineFit(wr) ? -Errno.EINVAL : checkKind(wr);
    }

    private boolean isInlineFit(SoftSendWr wr) {
        int total = 0;
        for (int i = 0; i < wr.sgeCount; i++) {
            total += wr.lengths[i];
            if (wr.lengths[i] < 0 || total > capabilities.maxInlineData()) {
                return false;
            }
        }
        return wr.opcode < WrOpcode.RDMA_READ;
    }

    /** What this kind of queue pair refuses at post: a negated errno, or 0. */
    abstract int checkKind(SoftSendWr wr);

    /**
     * Carries an operation out.
     *
     * @return a code of {@link WcStatus}, or {@link #UNANSWERED}, {@link #NOT_READY}, {@link #HELD_BACK}
     */
    abstract int run(SoftSendWr wr);

    /** Finds the memory of a send: a code of {@link WcStatus}. */
    final int gather(SoftSendWr wr, boolean isWritten) {
        ByteBuffer taken = inlined;
        if (taken == null) {
            return adapter.regions().collect(pd, wr, isWritten, gathered);
        }
        gathered.clear();
        gathered.add(taken, 0, taken.limit());
        return 0;
    }

    /** Says that an operation on another's memory begins. */
    final void beginOperation() {
        int at = shownOffset + QpContext.OPERATION;
        Words.putLong(shown, at, Words.getLong(shown, at) + 1);
        VarHandle.fullFence();
    }

    /** Says that it has ended. */
    final void endOperation() {
        int at = shownOffset + QpContext.OPERATION;
        Words.putLongRelease(shown, at, Words.getLong(shown, at) + 1);
    }

    /** The work completion's opcode of a request. */
    private static int wcOpcode(int opcode) {
        return switch (opcode) {
            case WrOpcode.RDMA_WRITE, WrOpcode.RDMA_WRITE_WITH_IMM -> io.openib.verbs.WcOpcode.RDMA_WRITE;
            case WrOpcode.RDMA_READ -> io.openib.verbs.WcOpcode.RDMA_READ;
            case WrOpcode.ATOMIC_CMP_AND_SWP -> io.openib.verbs.WcOpcode.COMP_SWAP;
            case WrOpcode.ATOMIC_FETCH_AND_ADD -> io.openib.verbs.WcOpcode.FETCH_ADD;
            default -> io.openib.verbs.WcOpcode.SEND;
        };
    }

    /** Ends an operation: a completion if it was signalled or failed, and ERR if it failed. */
    final void complete(SoftSendWr wr, long slot, int status) {
        if (status != 0) {
            sendCq.addOwn(this, wr.wrId, status, 0, 0, slot);
            if (status != FLUSHED) {
                onSendFailure();
            }
        } else if (isSqSigAll || (wr.flags & SendFlag.SIGNALED) != 0) {
            sendCq.addOwn(this, wr.wrId, 0, wcOpcode(wr.opcode), gathered.totalBytes(), slot);
        }
    }

    /** What a failed send does to the state. */
    abstract void onSendFailure();

    private int deferFirst(SoftSendWr wr, long slot, int outcome) {
        pending.firstFailedWith(outcome);
        return defer(wr, slot);
    }

    private int defer(SoftSendWr wr, long slot) {
        SoftCounters.count(SoftCounter.DEFERRED);
        // Whoever makes it non-empty calls the thread: it may have found it empty a moment before.
        if (pending.add(wr, slot, pd)) {
            adapter.deviceThread().carryOn(this);
        }
        return 0;
    }

    /** Called by the poller: this slot and all before it are free. */
    final void freeSendSlots(long slot) {
        freeSlots = slot + 1;
    }

    @Override
    public final int postChain(SendWorkRequest[] wrs, int n) {
        for (int i = 0; i < n; i++) {
            int result = post(wrs[i]);
            if (result < 0) {
                return i == 0 ? result : i;
            }
        }
        return n;
    }

    @Override
    public final int post(RecvWorkRequest wr) {
        if (receives == null || state == QpState.RESET) {
            return -Errno.EINVAL;
        }
        int result = receives.post((SoftRecvWr) wr);
        if (result == 0 && state == QpState.ERR) {
            recvCq.beginFlush(this);
        }
        return result;
    }

    @Override
    public final int postChain(RecvWorkRequest[] wrs, int n) {
        for (int i = 0; i < n; i++) {
            int result = post(wrs[i]);
            if (result < 0) {
                return i == 0 ? result : i;
            }
        }
        return n;
    }

    final @Nullable ReceiveQueue receives() {
        return receives;
    }

    /** Takes an arrived completion off a ring into the batch. Called by who polls the receive queue. */
    abstract void receive(
            InboundRing ring, ByteBuffer memory, int offset, int kind, SoftCompletions batch, Pieces scratch);

    /**
     * Flushes receives, after all that has arrived was polled.
     *
     * @return whether it is done
     */
    final boolean flushReceives() {
        if (state != QpState.ERR || isClosed) {
            return true;
        }
        if (isPeerBusy()) {
            return false;
        }
        if (receives == null) {
            if (srq != null) {
                srq.takeBack(adapter.peers());
            }
            return true;
        }
        // What the peer completed before it saw the state is in the ring by now: one more look, then the rest is
        // flushed.
        return receives.flush(recvCq);
    }

    /** Whether a live peer is in the midst of an operation on this queue pair. */
    abstract boolean isPeerBusy();

    /** Waits until no live peer is in the midst of an operation on this queue pair. */
    final void awaitPeers() {
        VarHandle.fullFence();
        while (isPeerBusy()) {
            Thread.yield();
        }
    }

    /** This queue pair's own operation sequence: odd while one is under way. */
    final long operation() {
        return Words.getLongAcquire(shown, shownOffset + QpContext.OPERATION);
    }

    final @Nullable AddressVector addressVector() {
        return attributes.has(QpAttribute.AV) ? attributes.addressVector() : null;
    }

    @Override
    public final void close() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            moveTo(QpState.RESET);
            isClosed = true;
        }
        adapter.deviceThread().drop(this);
        awaitPeers();
        if (srq != null) {
            recvCq.retire(this, srq);
        }
        adapter.queuePairs().leave(this);
        disconnect();
        sendCq.detach(this);
        recvCq.detach(this);
        if (srq != null) {
            srq.detach();
        }
        if (receives != null) {
            receives.free();
        }
        pd.forget(this);
    }
}
