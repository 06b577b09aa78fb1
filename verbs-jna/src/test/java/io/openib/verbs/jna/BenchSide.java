package io.openib.verbs.jna;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.ActivePort;
import io.openib.verbs.AddressVector;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.GidEntry;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.WrOpcode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/** A context of its own with one queue pair, used by one thread at a time: one of perftest's processes. */
final class BenchSide implements AutoCloseable {
    /** perftest's depths. */
    private static final int SEND_DEPTH = 128;

    private static final int RECV_DEPTH = 512;
    private static final int SIGNALLED_EACH = 50;
    private static final int INLINE = 64;
    private static final Set<AccessFlag> ACCESS = EnumSet.allOf(AccessFlag.class);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final Device device;
    private final int port;
    private final CompletionQueue sendCq;
    private final CompletionQueue recvCq;
    private final QueuePair qp;
    private final GidEntry gid;
    private final MemoryRegion memory;
    private final ByteBuffer view;
    private final int bytes;
    private final int room;
    private final int inline;
    private final SendWorkRequest send;
    private final SendWorkRequest write;
    private final RecvWorkRequest recv;
    private final WorkCompletions batch;
    private int receives;
    private int unsignalled;
    private int signalled;

    BenchSide(JnaVerbsProvider provider, int bytes) {
        this.bytes = bytes;
        room = Math.max(bytes, 4096);
        inline = bytes <= INLINE ? SendFlag.INLINE : 0;
        ActivePort active = ActivePort.firstOf(provider);
        device = provider.open(active.device());
        port = active.number();
        ProtectionDomain pd = device.allocProtectionDomain();
        sendCq = device.createCompletionQueue(SEND_DEPTH, null);
        recvCq = device.createCompletionQueue(RECV_DEPTH, null);
        qp = pd.createQueuePair(
                QpInitAttributes.rc(sendCq, recvCq, new QpCapabilities(SEND_DEPTH, RECV_DEPTH, 1, 1, INLINE)));
        memory = pd.allocate(2L * room, ACCESS);
        view = memory.buffer();
        gid = device.queryGidTable(port).stream()
                .filter(entry -> !entry.gid().isLinkLocal())
                .findFirst()
                .orElseThrow();
        send = request(WrOpcode.SEND);
        write = request(WrOpcode.RDMA_WRITE);
        recv = qp.newRecvRequest(1).sgeCount(1).sge(0, memory.address() + room, bytes, memory.lkey());
        batch = sendCq.newCompletions(16);
    }

    private SendWorkRequest request(int opcode) {
        return qp.newSendRequest(1).opcode(opcode).sgeCount(1).sge(0, memory.address(), bytes, memory.lkey());
    }

    int bytes() {
        return bytes;
    }

    void connect(BenchSide peer) {
        qp.modify(QpAttributes.toState(QpState.INIT).pkeyIndex(0).port(port).accessFlags(ACCESS));
        qp.modify(QpAttributes.toState(QpState.RTR)
                .addressVector(AddressVector.toGid(port, peer.gid.gid(), gid.index()))
                .pathMtu(device.queryPort(port).activeMtu())
                .destQpNumber(peer.qp.number())
                .rqPsn(0)
                .maxDestRdAtomic(1)
                .minRnrTimer(12));
        qp.modify(QpAttributes.toState(QpState.RTS)
                .timeout(14)
                .retryCount(6)
                .rnrRetry(7)
                .sqPsn(0)
                .maxRdAtomic(1));
    }

    /** Every receive posted, nothing written yet. */
    void begin(BenchSide peer) {
        repost();
        LONG.setVolatile(view, writtenAt(), 0L);
        write.remote(peer.memory.address() + room, peer.memory.rkey());
    }

    private void repost() {
        for (; receives < RECV_DEPTH; receives++) {
            qp.post(recv);
        }
    }

    /** Signals one in some and polls it at once, as perftest does; then gives back the receives that were used. */
    void send() {
        boolean isSignalled = ++unsignalled == SIGNALLED_EACH;
        send.flags((isSignalled ? SendFlag.SIGNALED : 0) | inline);
        post(send);
        if (isSignalled) {
            unsignalled = 0;
            signalled++;
            drain();
        }
        repost();
    }

    private void post(SendWorkRequest wr) {
        if (qp.post(wr) != 0) {
            throw new IllegalStateException("a post was refused");
        }
    }

    void drain() {
        while (signalled > 0) {
            signalled -= poll(sendCq);
        }
    }

    void awaitReceive() {
        int found = 0;
        while (found == 0) {
            found = poll(recvCq);
        }
        receives -= found;
    }

    /** Writes a number into the last bytes at the peer, and waits for the completion. */
    void write(long number) {
        LONG.setRelease(view, Math.max(0, bytes - Long.BYTES), number);
        write.flags(SendFlag.SIGNALED | inline);
        post(write);
        signalled++;
        drain();
    }

    void awaitWritten(long number) {
        int at = writtenAt();
        while ((long) LONG.getAcquire(view, at) != number) {
            Thread.onSpinWait();
        }
    }

    private int writtenAt() {
        return room + Math.max(0, bytes - Long.BYTES);
    }

    /** Receives so many. */
    void sink(int messages) {
        for (int seen = 0; seen < messages; ) {
            int found = poll(recvCq);
            receives -= found;
            repost();
            seen += found;
        }
    }

    /** Sends, or writes, so many. */
    void stream(boolean isWrite, int messages) {
        SendWorkRequest wr = isWrite ? write : send;
        wr.flags(SendFlag.SIGNALED);
        int posted = 0;
        int completed = 0;
        while (completed < messages) {
            while (posted < messages && posted - completed < SEND_DEPTH) {
                post(wr);
                posted++;
            }
            completed += poll(sendCq);
        }
    }

    private int poll(CompletionQueue cq) {
        int found = cq.poll(batch);
        for (int i = 0; i < found; i++) {
            if (batch.status(i) != 0) {
                throw new IllegalStateException("completion with status " + batch.status(i));
            }
        }
        return found;
    }

    @Override
    public void close() {
        device.close();
    }
}
