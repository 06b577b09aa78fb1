package io.openib.verbs.soft;

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
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.VerbsException;
import io.openib.verbs.soft.arena.NoRoomException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What both kinds of queue pair share: the state machine, and the parts that it governs. Sends are {@link SendQueue}'s,
 * receives {@link ReceiveQueue}'s or the shared queue's, and what peers see of it is {@link ShownQp}'s.
 */
abstract sealed class SoftQp implements QueuePair, RaisesEvents permits RcQp, UdQp {
    final SoftPd pd;
    final SoftAdapter adapter;
    final SoftCq sendCq;
    final SoftCq recvCq;
    final @Nullable SoftSrq srq;
    final ShownQp shown;
    final Pieces gathered;
    final MissingMemory missingMemory = new MissingMemory();

    /** The inline data of a pending send while the device thread runs it. */
    @Nullable
    ByteBuffer inlined;

    private final QpType type;
    private final QpCapabilities capabilities;
    private final int number;
    private volatile @Nullable ReceiveQueue receives;
    private final SendQueue sends;
    private final Rebirth rebirth = new Rebirth(this);
    private final QpAttributes attributes = QpAttributes.none();
    private volatile QpState state = QpState.RESET;
    private volatile boolean isClosed;

    /** It is in ERR for a send whose completion is still to come. */
    private volatile boolean isFlushOwed;

    /** Which life it is, from RESET to RESET. Changed under this queue pair's lock. */
    private volatile int epoch;

    private volatile int tag;

    SoftQp(SoftPd pd, QpInitAttributes init) {
        this.pd = pd;
        this.adapter = pd.adapter();
        this.type = init.type();
        this.sendCq = (SoftCq) init.sendCq();
        this.recvCq = (SoftCq) init.recvCq();
        this.srq = (SoftSrq) init.srq();
        this.capabilities = QpLimits.granted(init);
        this.shown = adapter.queuePairs().newShown();
        this.number = shown.number();
        this.gathered = new Pieces(Math.max(1, capabilities.maxSendSge()));
        this.sends = new SendQueue(this, capabilities, init.isSqSigAll());
        this.epoch = shown.lastEpoch() + 1;
        this.tag = QpContext.tag(epoch, number);
        shown.begin(pd.number(), type, srq == null ? 0 : srq.shownAddress());
        shown.state(epoch, state);
        this.receives = srq == null ? ReceiveQueue.shown(this) : null;
        sendCq.attach();
        recvCq.attach();
        if (srq != null) {
            srq.attach(recvCq);
        }
    }

    /** Makes it findable, once it is made whole. */
    final void enter() {
        adapter.queuePairs().enter(this);
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

    @Override
    public final boolean isClosed() {
        return isClosed;
    }

    final SendQueue sends() {
        return sends;
    }

    final int epoch() {
        return epoch;
    }

    /** By which completions name it in this life: those that a life before has left unread name nobody. */
    final int tag() {
        return tag;
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
        QpState to = wanted.has(QpAttribute.STATE) ? wanted.state() : state;
        if (to != QpState.RESET && rebirth.isUnderWay()) {
            throw rebirth.refusal();
        }
        AttributeCopy.copy(wanted, attributes);
        switch (to) {
            case RESET -> reset();
            case ERR -> fail();
            case RTR -> becomeReceiver();
            default -> {
                shown.attributes(attributes);
                moveTo(to);
            }
        }
        shown.attributes(attributes);
        if (to == QpState.RTS) {
            sends.carryOn();
        }
    }

    private VerbsException refused(String why) {
        return new VerbsException("ibv_modify_qp", place(), Errno.EINVAL, why);
    }

    private void becomeReceiver() {
        shown.attributes(attributes);
        try {
            connect();
        } catch (NoRoomException e) {
            throw new VerbsException("ibv_modify_qp", place(), Errno.ENOMEM, String.valueOf(e.getMessage()), e);
        }
        moveTo(QpState.RTR);
    }

    /** Prepares for the peer that the attributes name, before the state shows that it may come. */
    abstract void connect();

    /** Forgets the peer. */
    abstract void disconnect();

    private void moveTo(QpState to) {
        state = to;
        shown.state(epoch, to);
    }

    private void reset() {
        if (!rebirth.isUnderWay()) {
            endLife();
            rebirth.begin(this::forgetPeers);
        }
        rebirth.await();
        if (isClosed) {
            throw refused("it was closed meanwhile");
        }
    }

    /** Peers find this life no more, and nobody of this process works on it. */
    private void endLife() {
        int next = epoch + 1;
        epoch = next;
        tag = QpContext.tag(next, number);
        moveTo(QpState.RESET);
        awaitDelivery();
        letGo();
        isFlushOwed = false;
        sendCq.forget(this);
        recvCq.forget(this);
        sends.forgetAll();
    }

    /** No live peer works on it either. */
    private void forgetPeers() {
        disconnect();
        AttributeCopy.clear(attributes);
        shown.attributes(attributes);
        ReceiveQueue before = receives;
        // A new one, since somebody may be posting to the old one still.
        receives = before == null ? null : before.emptied();
        shown.noFault();
    }

    /** Moves to ERR: what is pending is flushed by the device thread, receives by who polls. Any thread. */
    final synchronized void fail() {
        if (becomeBroken()) {
            beginFlush();
            sends.carryOn();
        }
    }

    /** Moves to ERR for a send that has failed: {@link #flushBehindFailure} is to follow its completion. */
    final synchronized void failBySend() {
        isFlushOwed = becomeBroken();
    }

    /** A failed send has its completion: what it has broken is flushed behind it. By the thread that ran the send. */
    final void flushBehindFailure() {
        if (isFlushOwed) {
            isFlushOwed = false;
            beginFlush();
        }
    }

    private boolean becomeBroken() {
        if (state == QpState.ERR || (state == QpState.RESET && (isClosed || rebirth.isUnderWay()))) {
            return false;
        }
        moveTo(QpState.ERR);
        return true;
    }

    private void beginFlush() {
        LateStores.await(); // receives posted by who has not seen the state
        recvCq.beginFlush(this);
        int life = epoch;
        if (srq != null && !isLastReceiveReported(life)) {
            adapter.deviceThread().later(() -> isLastReceiveReported(life));
        }
    }

    /** Reports that no further shared receive is taken: not while a peer stands in an operation that may have taken one. */
    private boolean isLastReceiveReported(int life) {
        if (life != epoch || isClosed) {
            return true; // nobody waits for it any more
        }
        if (isPeerBusy()) {
            return false;
        }
        raise(AsyncEventType.QP_LAST_WQE_REACHED);
        return true;
    }

    /** Moves to ERR, unless what failed was of a life before. */
    final synchronized void failIn(int life) {
        if (life == epoch && state != QpState.RESET) {
            fail();
        }
    }

    /** Moves to the state that a failed send leads to, unless it was of a life before. Not within an operation. */
    final synchronized void failSend(int life, int status) {
        if (life == epoch && state != QpState.RESET) {
            onSendFailure(status);
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

    @Override
    public final synchronized QpAttributes query() {
        noticePeerFault();
        QpAttributes copy = QpAttributes.toState(state).currentState(state);
        AttributeCopy.copy(attributes, copy);
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
    public final int post(SendWorkRequest wr) {
        return sends.post((SoftSendWr) wr);
    }

    /** Has what is pending carried on, by the thread that carries this queue pair's sends. */
    void carryOn() {
        adapter.deviceThread().carryOn(this);
    }

    /** Whether who carries sends has several under way at once, so that it wants to hear of each. */
    boolean isPipelined() {
        return false;
    }

    /** What is pending is nobody's any more. Returns when the thread that carried it has let go of it. */
    void letGo() {
        adapter.deviceThread().drop(this);
    }

    /** What this kind of queue pair refuses at post: a negated errno, or 0. */
    abstract int checkKind(SoftSendWr wr);

    /**
     * Carries an operation out.
     *
     * @return a code of {@link io.openib.verbs.WcStatus}, or of {@link Outcome}
     */
    abstract int run(SoftSendWr wr);

    /**
     * Carries out a send of one piece that may be all in the peer's ring, if nothing stands in the way.
     *
     * @return false when it has to be {@linkplain #run run} instead; nothing has happened then
     */
    abstract boolean runShort(SoftSendWr wr);

    /** Finds the memory of a send: a code of {@link io.openib.verbs.WcStatus}. */
    final int gather(SoftSendWr wr, boolean isWritten) {
        ByteBuffer taken = inlined;
        if (taken == null) {
            return adapter.regions().collect(pd, wr, isWritten, gathered);
        }
        gathered.clear();
        gathered.add(taken, 0, taken.limit());
        return 0;
    }

    /** What a send that failed with a code of {@link io.openib.verbs.WcStatus} does to the state. */
    abstract void onSendFailure(int status);

    @Override
    public final int postChain(SendWorkRequest[] wrs, int n) {
        return sends.postChain(wrs, n);
    }

    @Override
    public final int post(RecvWorkRequest wr) {
        ReceiveQueue own = receives;
        return own == null ? -Errno.EINVAL : own.post((SoftRecvWr) wr);
    }

    @Override
    public final int postChain(RecvWorkRequest[] wrs, int n) {
        ReceiveQueue own = receives;
        return own == null ? -Errno.EINVAL : own.postChain(wrs, n);
    }

    final @Nullable ReceiveQueue receives() {
        return receives;
    }

    /** Takes an arrived completion off a ring into the batch. Called by who polls the receive queue. */
    abstract void receive(InboundRing ring, int offset, long route, long detail, SoftCompletions batch, Pieces scratch);

    /**
     * Flushes receives, after all that has arrived was polled.
     *
     * @return whether it is done
     */
    final boolean flushReceives() {
        if (state != QpState.ERR || isClosed) {
            return true;
        }
        if (isFlushOwed) {
            return false; // the completion of what broke it comes first
        }
        ReceiveQueue own = receives;
        if (own == null) {
            if (srq != null) {
                srq.takeBack(id -> !adapter.peers().isAlive(id));
            }
            return true;
        }
        return own.flush(recvCq);
    }

    /** Whether a live peer is in the midst of an operation on this queue pair. */
    abstract boolean isPeerBusy();

    /** Waits until no poll is in the midst of a delivery to this queue pair; whoever is at work on it is seen then. */
    private void awaitDelivery() {
        LateStores.await();
        recvCq.delivery().await();
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
            recvCq.retire(this);
            moveTo(QpState.RESET);
            isClosed = true;
            rebirth.onClosed();
        }
        letGo();
        awaitDelivery();
        pd.softDevice().forgetEvents(this);
        sendCq.detach(this);
        recvCq.detach(this);
        if (srq != null) {
            srq.detach();
        }
        pd.forget(this);
        GracePeriod.end(adapter, qp -> qp == this, this::giveBack);
    }

    /** It is closed, and no live peer is in the midst of an operation on it. */
    private void giveBack() {
        recvCq.release(this);
        adapter.queuePairs().leave(this);
        disconnect();
        ReceiveQueue own = receives;
        if (own != null) {
            own.free();
        }
    }
}
