package io.openib.verbs.soft;

import io.openib.verbs.QpState;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.soft.wire.Packet;
import io.openib.verbs.soft.wire.WireLink;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The end of a connection that sends to another host: it cuts pending sends into numbered packets, keeps a window of them
 * under way, goes back where one was lost, and gives up as verbs says. On the wire's thread; its lock is taken by RESET too.
 */
final class WireSender {
    /** {@link #work} has nothing to do until it is called again. */
    static final long NOTHING_LEFT = Long.MIN_VALUE;

    private static final int WINDOW = 32;
    private static final int FOR_EVER = 7;
    private static final long LOW = 0xffff_ffffL;
    private static final long FIRST_ENQUIRY_NS = 2_000_000;
    private static final long LAST_ENQUIRY_NS = 100_000_000;

    private final RcQp qp;
    private final WireLink link;
    private final int life;
    private final ByteBuffer result = ByteBuffer.allocate(Long.BYTES).order(java.nio.ByteOrder.nativeOrder());
    private final AtomicBoolean isCalled = new AtomicBoolean();
    private boolean isLetGo;
    private int generation;

    /** The first number of the first pending send, the first that is not acknowledged, the next to be sent. */
    private long firstNumber;

    private long acknowledged;
    private long next;
    private long everSent;

    /** Counts how often sending went back, so that an answer to an earlier round's enquiry is known. */
    private int round;

    /** Where the next is: which pending send, and from which byte on. */
    private int nextSend;

    private int nextOffset;
    private long heldUntilNs;
    private boolean isHeld;
    private boolean wasInjected;

    /** The first number of this round that the target was asked to refuse; -1 for none. */
    private long refused = -1;

    private boolean isWaiting;
    private long waitingSinceNs;
    private long enquireAtNs;
    private long enquiryNs = FIRST_ENQUIRY_NS;
    private int notReadyCount;
    private boolean hasFailed;

    WireSender(RcQp qp, WireLink link) {
        this.qp = qp;
        this.link = link;
        this.life = qp.epoch();
    }

    boolean isTo(long arena) {
        return link.arena() == arena;
    }

    /** After this nothing is completed. Any thread, under the queue pair's lock. */
    synchronized void letGo() {
        isLetGo = true;
    }

    /** The state or what is pending has changed; whether the wire's thread has to be told, or knows already. Any thread. */
    boolean call() {
        return isCalled.compareAndSet(false, true);
    }

    /** The wire's thread has heard of it. */
    synchronized void wake() {
        isCalled.set(false);
        if (qp.stateNow() != QpState.RTS) {
            isHeld = false;
        }
    }

    /** Sends what can be sent; nanoseconds until it is to be called again, or {@link #NOTHING_LEFT}. */
    long work(long nowNs) {
        long waitNs;
        boolean isFailing;
        synchronized (this) {
            waitNs = isLetGo ? NOTHING_LEFT : advance(nowNs);
            isFailing = hasFailed;
            hasFailed = false;
        }
        if (isFailing) {
            qp.failIn(life); // takes the queue pair's lock, which RESET holds when it takes this one's
        }
        return isFailing ? 0 : waitNs;
    }

    private PendingSends pending() {
        return qp.sends().pending();
    }

    private long advance(long nowNs) {
        QpState state = qp.stateNow();
        if (state == QpState.ERR || state == QpState.SQE) {
            flush();
        }
        boolean isSending = state == QpState.RTS || (state == QpState.SQD && acknowledged < everSent);
        if (pending().isEmpty() || !isSending || hasFailed) {
            isWaiting = false;
            return NOTHING_LEFT;
        }
        if (isHeld && nowNs - heldUntilNs < 0) {
            return heldUntilNs - nowNs;
        }
        isHeld = false;
        beginWaiting(nowNs);
        long linkWaitNs = qp.adapter.isPortActive() ? link.need(nowNs) : LAST_ENQUIRY_NS;
        if (link.isOpen() && qp.adapter.isPortActive()) {
            if (generation != link.generation()) {
                generation = link.generation();
                goBack(acknowledged);
            }
            transmit(nowNs, state == QpState.SQD);
        }
        if (hasFailed || pending().isEmpty() || isHeld) {
            return isHeld ? Math.max(0, heldUntilNs - nowNs) : 0;
        }
        if (link.isBeingMade(nowNs) && qp.adapter.isPortActive()) {
            isWaiting = false; // nothing is on its way whose answer could be late
            return Math.min(linkWaitNs, LAST_ENQUIRY_NS);
        }
        return Math.min(linkWaitNs, patience(nowNs));
    }

    private void flush() {
        while (!pending().isEmpty()) {
            end(SendQueue.FLUSHED);
        }
    }

    private void beginWaiting(long nowNs) {
        if (!isWaiting) {
            isWaiting = true;
            waitingSinceNs = nowNs;
            enquiryNs = FIRST_ENQUIRY_NS;
            enquireAtNs = nowNs + enquiryNs;
        }
    }

    /** Gives up when it is time to, and enquires before. */
    private long patience(long nowNs) {
        int timeout = qp.attributes().timeout();
        long timeoutNs = 4096L << timeout;
        long leftNs = waitingSinceNs + timeoutNs * (1 + qp.attributes().retryCount()) - nowNs;
        if (timeout != 0 && leftNs <= 0) {
            link.onGivenUp(nowNs);
            fail(WcStatus.RETRY_EXC_ERR.code());
            return 0;
        }
        if (nowNs - enquireAtNs >= 0) {
            SoftCounters.count(SoftCounter.RETRIES);
            enquire(nowNs);
        }
        return timeout == 0 ? enquireAtNs - nowNs : Math.min(leftNs, enquireAtNs - nowNs);
    }

    private void enquire(long nowNs) {
        enquiryNs = Math.min(2 * enquiryNs, LAST_ENQUIRY_NS);
        enquireAtNs = nowNs + enquiryNs;
        if (!qp.adapter.isPortActive()) {
            injectedFate(nowNs); // an attempt all the same: the port may be to come up again after so many
        } else if (link.hasRoom()) {
            head(link.begin(0), Packet.ENQUIRE).number(acknowledged).operands(((long) round << 32) | (next & LOW), 0);
            link.end();
            link.expectAnswer(nowNs);
        }
    }

    private Packet head(Packet packet, int kind) {
        return packet.head(kind, 0, qp.attributes().destQpNumber(), qp.number())
                .life(life, qp.sqPsn(), qp.pathMtuCode());
    }

    private void transmit(long nowNs, boolean isDraining) {
        while (nextSend < pending().size() && next - acknowledged < WINDOW && link.hasRoom()) {
            SoftSendWr wr = pending().get(nextSend);
            boolean isFenced = (wr.flags & SendFlag.FENCE) != 0 && nextOffset == 0 && acknowledged < next;
            if (isFenced || (isDraining && next >= everSent)) {
                return;
            }
            if (!transmitNext(wr, nowNs)) {
                return;
            }
        }
    }

    /** Lets the injector have its way with an attempt, which fails or is held back where it says so. */
    private int injectedFate(long nowNs) {
        int fate = qp.adapter.isInjecting() && !wasInjected ? qp.adapter.inject(qp) : 0;
        wasInjected = fate == Outcome.HELD_BACK;
        if (wasInjected) {
            isHeld = true;
            heldUntilNs = nowNs + qp.adapter.injectedDelayNs();
        }
        if (fate > 0) {
            fail(fate);
        }
        return fate;
    }

    /** Sends one packet; false when nothing more can be sent now. */
    private boolean transmitNext(SoftSendWr wr, long nowNs) {
        int fate = injectedFate(nowNs);
        if (wasInjected || fate > 0 || !qp.adapter.isPortActive()) {
            return false;
        }
        qp.shown.beginOperation();
        try {
            int status = gather(wr);
            if (status != 0) {
                endInOrder(status);
                return false;
            }
            int bytes = Math.min(Packet.MAX_PAYLOAD, qp.gathered.totalBytes() - nextOffset);
            if (fate != Outcome.UNANSWERED) {
                boolean isRefused = fate == Outcome.NOT_READY && takesReceiveNow(wr, bytes);
                refused = isRefused && refused < 0 ? next : refused;
                write(wr, bytes, isRefused);
            }
            if (fate == Outcome.TWICE && link.hasRoom()) {
                write(wr, bytes, false);
                SoftCounters.count(SoftCounter.FAULT_DUPLICATED);
            }
            step(wr, bytes);
        } finally {
            qp.shown.endOperation();
        }
        return true;
    }

    /** Whether the target needs a receive for this part: a send's first, a write's last. */
    private boolean takesReceiveNow(SoftSendWr wr, int bytes) {
        boolean isWrite = wr.opcode == WrOpcode.RDMA_WRITE_WITH_IMM;
        return wr.takesReceive() && (isWrite ? nextOffset + bytes == qp.gathered.totalBytes() : nextOffset == 0);
    }

    private int gather(SoftSendWr wr) {
        boolean isResult = wr.opcode >= WrOpcode.RDMA_READ;
        qp.inlined = wr.isInline() ? pending().inline(nextSend) : null;
        try {
            int status = qp.gather(wr, isResult);
            if (status == 0 && isResult && qp.maxRdAtomic() == 0) {
                return WcStatus.LOC_QP_OP_ERR.code();
            }
            boolean isAtomic = wr.opcode > WrOpcode.RDMA_READ;
            return status == 0 && isAtomic && qp.gathered.totalBytes() != Long.BYTES
                    ? WcStatus.LOC_LEN_ERR.code()
                    : status;
        } finally {
            qp.inlined = null;
        }
    }

    private void write(SoftSendWr wr, int bytes, boolean isRefused) {
        boolean isCarried = wr.opcode < WrOpcode.RDMA_READ;
        Packet packet = head(link.begin(isCarried ? bytes : 0), wr.opcode).number(next);
        packet.head(wr.opcode, wr.flags, qp.attributes().destQpNumber(), qp.number());
        boolean isAtomic = wr.opcode > WrOpcode.RDMA_READ;
        packet.part(isAtomic ? 0 : qp.gathered.totalBytes(), isAtomic ? 0 : nextOffset);
        packet.remote(wr.remoteAddress, wr.remoteKey).operands(wr.compareAdd, wr.swap);
        packet.status(isRefused ? Packet.REFUSE : 0);
        packet.immediate(wr.opcode == WrOpcode.RDMA_READ ? bytes : wr.immediate);
        if (isCarried) {
            qp.gathered.copyRangeTo(nextOffset, bytes, packet.memory(), packet.payloadOffset());
        }
        link.end();
    }

    private void step(SoftSendWr wr, int bytes) {
        next++;
        everSent = Math.max(everSent, next);
        nextOffset += bytes;
        if (nextOffset >= lengthOf(wr) || wr.opcode > WrOpcode.RDMA_READ) {
            nextSend++;
            nextOffset = 0;
        }
    }

    private static int lengthOf(SoftSendWr wr) {
        int total = 0;
        for (int i = 0; i < wr.sgeCount; i++) {
            total += wr.lengths[i];
        }
        return total;
    }

    private static int packetsOf(SoftSendWr wr) {
        boolean isAtomic = wr.opcode > WrOpcode.RDMA_READ;
        return isAtomic ? 1 : Math.max(1, (lengthOf(wr) + Packet.MAX_PAYLOAD - 1) / Packet.MAX_PAYLOAD);
    }

    /** The next to be sent is this one again. */
    private void goBack(long number) {
        round++;
        refused = -1;
        next = number;
        nextSend = 0;
        long first = firstNumber;
        while (nextSend < pending().size() && first + packetsOf(pending().get(nextSend)) <= number) {
            first += packetsOf(pending().get(nextSend));
            nextSend++;
        }
        nextOffset = (int) (number - first) * Packet.MAX_PAYLOAD;
    }

    /** What came from the peer. */
    void onAnswer(Packet answer) {
        synchronized (this) {
            boolean isStale = isLetGo || answer.kind() == Packet.ABSENT || answer.incarnation() != life;
            if (isStale || (qp.stateNow() != QpState.RTS && qp.stateNow() != QpState.SQD)) {
                return;
            }
            acknowledgeUntil(answer.number());
            boolean isNext = acknowledged == answer.number() && acknowledged < next;
            switch (answer.kind()) {
                case Packet.EXPECT -> {
                    boolean wasSent = (int) answer.operand() - (int) acknowledged > 0;
                    if (wasSent && (int) (answer.operand() >> 32) == round && acknowledged < next) {
                        goBack(acknowledged);
                    }
                }
                case Packet.NOT_READY -> {
                    if (isNext) {
                        countRefusal(answer.number());
                        waitForReceiver(answer.status(), System.nanoTime());
                    }
                }
                case Packet.FAILED -> {
                    if (isNext) {
                        fail(answer.status() == 0 ? WcStatus.FATAL_ERR.code() : answer.status());
                    }
                }
                case Packet.READ, Packet.ATOMIC -> {
                    if (isNext) {
                        takeResult(answer);
                    }
                }
                default -> {
                    // An acknowledgement says no more.
                }
            }
        }
    }

    private void acknowledgeUntil(long number) {
        while (acknowledged < number && acknowledged < next && !pending().isEmpty()) {
            if (pending().first().opcode >= WrOpcode.RDMA_READ) {
                return; // its result has to come
            }
            acknowledgeOne();
        }
    }

    private void acknowledgeOne() {
        acknowledged++;
        isWaiting = false;
        notReadyCount = 0;
        SoftSendWr first = pending().first();
        if (acknowledged == firstNumber + packetsOf(first)) {
            qp.sends().succeed(first, pending().firstSlot(), lengthOf(first));
            remove();
        }
    }

    private void remove() {
        firstNumber = acknowledged;
        pending().removeFirst();
        nextSend = Math.max(0, nextSend - 1);
    }

    private void takeResult(Packet answer) {
        SoftSendWr first = pending().first();
        boolean isRead = answer.kind() == Packet.READ;
        if (isRead != (first.opcode == WrOpcode.RDMA_READ) || first.opcode < WrOpcode.RDMA_READ) {
            return; // no answer to this request
        }
        qp.shown.beginOperation();
        try {
            int status = qp.gather(first, true);
            int offset = isRead ? (int) (acknowledged - firstNumber) * Packet.MAX_PAYLOAD : 0;
            int bytes = isRead ? answer.payloadBytes() : Long.BYTES;
            if (status != 0 || offset + bytes > qp.gathered.totalBytes()) {
                fail(status != 0 ? status : WcStatus.BAD_RESP_ERR.code());
                return;
            }
            place(answer, isRead, offset, bytes);
        } finally {
            qp.shown.endOperation();
        }
        acknowledgeOne();
    }

    private void place(Packet answer, boolean isRead, int offset, int bytes) {
        if (!isRead) {
            result.putLong(0, answer.operand());
        }
        Pieces source = new Pieces(1);
        source.add(isRead ? answer.memory() : result, isRead ? answer.payloadOffset() : 0, bytes);
        if (bytes > 0) {
            source.copyTo(qp.gathered, offset);
        }
    }

    private void countRefusal(long number) {
        if (number == refused) {
            SoftCounters.count(SoftCounter.FAULT_RNR);
        }
    }

    private void waitForReceiver(int timer, long nowNs) {
        SoftCounters.count(SoftCounter.RNR);
        int most = qp.attributes().rnrRetry();
        if (most != FOR_EVER && notReadyCount++ >= most) {
            fail(WcStatus.RNR_RETRY_EXC_ERR.code());
            return;
        }
        goBack(acknowledged);
        isWaiting = false;
        isHeld = true;
        heldUntilNs = nowNs + RnrTimer.delayNs(timer);
    }

    /** The next to be sent fails, once everything before it has succeeded. */
    private void endInOrder(int status) {
        if (acknowledged >= firstOf(nextSend)) {
            fail(status);
        }
    }

    private long firstOf(int send) {
        long first = firstNumber;
        for (int i = 0; i < send; i++) {
            first += packetsOf(pending().get(i));
        }
        return first;
    }

    private void fail(int status) {
        end(status);
        hasFailed = true;
    }

    private void end(int status) {
        SoftSendWr first = pending().first();
        qp.sendCq.addOwn(qp, first.wrId, status, 0, 0, pending().firstSlot());
        pending().removeFirst();
    }
}
