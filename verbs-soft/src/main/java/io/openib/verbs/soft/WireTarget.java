package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.soft.wire.Packet;
import io.openib.verbs.soft.wire.PacketSink;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The end of a connection that serves a queue pair of another host: it does with the packets what that queue pair would do
 * itself if it shared memory with this process. Each number is carried out once. On the wire's thread.
 */
final class WireTarget implements Requester {
    private static final int REMEMBERED = 64;

    private final RcQp qp;
    private final int life;
    private final long peerArena;
    private final int peerNumber;
    private final RcTarget target;
    private final RcOperations operations;
    private final MessageParts parts;
    private final Pieces gathered = new Pieces(1);
    private final SoftSendWr wr = new SoftSendWr(1);
    private final ByteBuffer found = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    private final long[] atomicNumbers = new long[REMEMBERED];
    private final long[] atomicResults = new long[REMEMBERED];
    private volatile long operation;
    private boolean isBound;
    private int incarnation;
    private int firstPsn;
    private int mtuCode;
    private long expected;
    private int accusation;

    WireTarget(RcQp qp, long peerArena, int peerNumber) {
        this.qp = qp;
        this.life = qp.epoch();
        this.peerArena = peerArena;
        this.peerNumber = peerNumber;
        this.target = new RcTarget(qp.adapter, this, qp.adapter.arena().id(), qp.number(), 0);
        this.operations = new RcOperations(qp.adapter, this, (peer, reason) -> accusation = reason, gathered);
        this.parts = new MessageParts(qp.adapter, operations, target, gathered);
    }

    boolean isOf(long arena, int number) {
        return arena == peerArena && number == peerNumber;
    }

    @Override
    public long arenaId() {
        return peerArena;
    }

    @Override
    public int number() {
        return peerNumber;
    }

    @Override
    public int sqPsn() {
        return firstPsn;
    }

    @Override
    public int pathMtuCode() {
        return mtuCode;
    }

    @Override
    public int maxRdAtomic() {
        return 1; // the sender keeps its own limit
    }

    /** Odd while something of the peer's is carried out. Any thread. */
    long operation() {
        return operation;
    }

    /** The queue pair is connected no more: a receive of a shared queue that waits for the rest of its message is free. */
    void giveBack() {
        int held = parts.takeHeldShared();
        SoftSrq srq = qp.srq;
        if (held >= 0 && srq != null) {
            srq.postAgain(held);
        }
    }

    static void answerAbsent(Packet request, PacketSink answers) {
        answers.begin(0).head(Packet.ABSENT, 0, request.from(), request.to());
        answers.end();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by the wire's thread alone
    void onRequest(Packet request, PacketSink answers) {
        accusation = 0;
        operation++;
        VarHandle.fullFence();
        boolean isServed;
        try {
            isServed = isHeard(request) && serve(request, answers);
        } finally {
            operation++;
        }
        if (!isServed && request.kind() == Packet.ENQUIRE) {
            answerAbsent(request, answers);
        }
        if (accusation != 0) {
            failBy(accusation);
        }
    }

    private void failBy(int reason) {
        qp.failIn(life);
        if (reason == QpContext.FAULT_ACCESS) {
            qp.raise(AsyncEventType.QP_ACCESS_ERR);
        } else if (reason == QpContext.FAULT_INVALID_REQUEST) {
            qp.raise(AsyncEventType.QP_REQ_ERR);
        }
    }

    /** Whether it is of the one life of the peer that this side is connected to, and of a message that fits. */
    private boolean isHeard(Packet request) {
        if (!isBound) {
            firstPsn = request.firstPsn();
            mtuCode = request.mtuCode();
        }
        boolean isOther = isBound && (request.incarnation() != incarnation || request.firstPsn() != firstPsn);
        if (isOther || !isWhole(request) || !target.answers(request.messageBytes())) {
            return false;
        }
        isBound = true;
        incarnation = request.incarnation();
        return true;
    }

    private static boolean isWhole(Packet request) {
        int whole = request.messageBytes();
        int offset = request.offset();
        int bytes = request.kind() == WrOpcode.RDMA_READ ? request.immediate() : request.payloadBytes();
        return whole >= 0
                && offset >= 0
                && bytes >= 0
                && bytes <= Packet.MAX_PAYLOAD
                && (long) offset + bytes <= whole
                && whole <= io.openib.verbs.soft.arena.OwnArena.MAX_BYTES;
    }

    private boolean serve(Packet request, PacketSink answers) {
        if (request.kind() == Packet.ENQUIRE) {
            answer(answers, Packet.EXPECT, expected, 0, request.operand());
            return true;
        }
        boolean isNew = request.number() == expected;
        if (request.kind() > WrOpcode.ATOMIC_FETCH_AND_ADD || request.number() > expected || request.number() < 0) {
            return false;
        }
        if (!isNew && request.kind() != WrOpcode.RDMA_READ) {
            answerAgain(request, answers);
            return true;
        }
        if (isNew && request.status() == Packet.REFUSE) {
            answer(answers, Packet.NOT_READY, request.number(), target.minRnrTimer(), 0);
            return true;
        }
        load(request);
        int outcome = execute(request, answers, isNew);
        if (outcome > 0) {
            answer(answers, Packet.FAILED, request.number(), outcome, 0);
        } else if (outcome == Outcome.NOT_READY) {
            answer(answers, Packet.NOT_READY, request.number(), target.minRnrTimer(), 0);
        }
        return true;
    }

    private void load(Packet request) {
        wr.opcode = request.kind();
        wr.flags = request.flags();
        wr.immediate = request.immediate();
        wr.remoteAddress = request.remoteAddress() + request.offset();
        wr.remoteKey = request.key();
        wr.compareAdd = request.operand();
        wr.swap = request.swap();
        gathered.clear();
    }

    private int execute(Packet request, PacketSink answers, boolean isNew) {
        return switch (request.kind()) {
            case WrOpcode.RDMA_READ -> read(request, answers, isNew);
            case WrOpcode.ATOMIC_CMP_AND_SWP, WrOpcode.ATOMIC_FETCH_AND_ADD -> atomic(answers);
            default -> put(request, answers);
        };
    }

    private int put(Packet request, PacketSink answers) {
        gathered.add(request.memory(), request.payloadOffset(), request.payloadBytes());
        boolean isPart = request.payloadBytes() < request.messageBytes() || parts.isHolding();
        int outcome = isPart ? parts.put(wr, request.messageBytes(), request.offset()) : operations.operate(wr, target);
        if (outcome == 0) {
            expected++;
            answer(answers, Packet.ACK, expected, 0, 0);
        }
        return outcome;
    }

    private int read(Packet request, PacketSink answers, boolean isNew) {
        int bytes = request.immediate();
        boolean isOutside = bytes < request.messageBytes()
                && target.remote(
                                request.key(),
                                request.remoteAddress(),
                                request.messageBytes(),
                                AccessFlag.REMOTE_READ.bit())
                        == null;
        if (isOutside) {
            return operations.deny(target, AccessFlag.REMOTE_READ.bit());
        }
        Packet packet = answers.begin(bytes);
        gathered.add(packet.memory(), packet.payloadOffset(), bytes);
        int outcome = operations.operate(wr, target);
        if (outcome == 0) {
            packet.head(Packet.READ, 0, peerNumber, qp.number()).life(incarnation, firstPsn, 0);
            packet.number(request.number());
            answers.end();
            expected += isNew ? 1 : 0;
        }
        return outcome;
    }

    private int atomic(PacketSink answers) {
        gathered.add(found, 0, Long.BYTES);
        int outcome = operations.operate(wr, target);
        if (outcome == 0) {
            int slot = (int) expected & REMEMBERED - 1;
            atomicNumbers[slot] = expected;
            atomicResults[slot] = found.getLong(0);
            answer(answers, Packet.ATOMIC, expected, 0, atomicResults[slot]);
            expected++;
        }
        return outcome;
    }

    /** What was done before is not done again; an atomic's result is remembered. */
    private void answerAgain(Packet request, PacketSink answers) {
        SoftCounters.count(SoftCounter.DROPPED_DUPLICATES);
        boolean isAtomic = request.kind() > WrOpcode.RDMA_READ;
        int slot = (int) request.number() & REMEMBERED - 1;
        if (!isAtomic) {
            answer(answers, Packet.ACK, expected, 0, 0);
        } else if (atomicNumbers[slot] == request.number()) {
            answer(answers, Packet.ATOMIC, request.number(), 0, atomicResults[slot]);
        }
    }

    private void answer(PacketSink answers, int kind, long number, int status, long operand) {
        Packet packet = answers.begin(0).head(kind, 0, peerNumber, qp.number()).life(incarnation, firstPsn, 0);
        packet.number(number).status(status).operands(operand, 0);
        answers.end();
    }
}
