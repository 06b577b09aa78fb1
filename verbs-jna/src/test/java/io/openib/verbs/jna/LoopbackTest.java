package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.ActivePort;
import io.openib.verbs.AddressVector;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.GidEntry;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.Mtu;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.WrOpcode;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two queue pairs of one device that talk to each other; runs where a kernel RDMA device is usable. */
@Timeout(120)
@RdmaDevice.Needed
class LoopbackTest {
    private static final Set<AccessFlag> ALL = EnumSet.allOf(AccessFlag.class);

    private final JnaVerbsProvider provider = new JnaVerbsProvider();
    private Device device;
    private int port;
    private ProtectionDomain pd;
    private CompletionQueue cq;
    private MemoryRegion memory;
    private WorkCompletions batch;
    private QueuePair a;
    private QueuePair b;

    @BeforeEach
    void openDevice() {
        ActivePort active = ActivePort.firstOf(provider);
        device = provider.open(active.device());
        port = active.number();
        pd = device.allocProtectionDomain();
        cq = device.createCompletionQueue(64, null);
        memory = pd.allocate(1 << 16, ALL);
        batch = cq.newCompletions(8);
        a = pd.createQueuePair(QpInitAttributes.rc(cq, cq, new QpCapabilities(16, 16, 2, 2, 64)));
        b = pd.createQueuePair(QpInitAttributes.rc(cq, cq, new QpCapabilities(16, 16, 2, 2, 64)));
        GidEntry gid = routable(device.queryGidTable(port));
        connect(a, b.number(), gid);
        connect(b, a.number(), gid);
    }

    @AfterEach
    void closeDevice() {
        if (device != null) {
            device.close();
        }
    }

    private static GidEntry routable(List<GidEntry> table) {
        return table.stream()
                .filter(entry -> !entry.gid().isLinkLocal())
                .findFirst()
                .orElse(table.get(0));
    }

    private void connect(QueuePair qp, int peer, GidEntry gid) {
        qp.modify(QpAttributes.toState(QpState.INIT).pkeyIndex(0).port(port).accessFlags(ALL));
        qp.modify(QpAttributes.toState(QpState.RTR)
                .addressVector(AddressVector.toGid(port, gid.gid(), gid.index()))
                .pathMtu(Mtu.MTU_1024)
                .destQpNumber(peer)
                .rqPsn(7)
                .maxDestRdAtomic(1)
                .minRnrTimer(12));
        qp.modify(QpAttributes.toState(QpState.RTS)
                .timeout(14)
                .retryCount(7)
                .rnrRetry(7)
                .sqPsn(7)
                .maxRdAtomic(1));
    }

    private int awaitOne() {
        int found = 0;
        while (found == 0) {
            found = cq.poll(batch);
        }
        return found;
    }

    @Test
    void shouldCarryAMessageWithItsImmediate() {
        memory.buffer().putLong(0, 0x1122334455667788L);
        RecvWorkRequest recv =
                b.newRecvRequest(1).wrId(77).sgeCount(1).sge(0, memory.address() + 4096, 64, memory.lkey());
        assertThat(b.post(recv)).isZero();
        SendWorkRequest send = a.newSendRequest(1)
                .wrId(5)
                .opcode(WrOpcode.SEND_WITH_IMM)
                .immediate(0x01020304)
                .flags(SendFlag.SIGNALED)
                .sgeCount(1)
                .sge(0, memory.address(), 8, memory.lkey());
        assertThat(a.post(send)).isZero();
        int seen = 0;
        while (seen < 2) {
            int found = awaitOne();
            for (int i = 0; i < found; i++, seen++) {
                assertThat(batch.status(i)).isEqualTo(WcStatus.SUCCESS.code());
                if (batch.wrId(i) == 77) {
                    assertThat(batch.immediate(i)).isEqualTo(0x01020304);
                    assertThat(batch.byteLength(i)).isEqualTo(8);
                    assertThat(batch.qpNumber(i)).isEqualTo(b.number());
                }
            }
        }
        assertThat(memory.buffer().getLong(4096)).isEqualTo(0x1122334455667788L);
    }

    /** What a call reaches by an address alone is not freed, and not somebody else's, while the call reads or writes it. */
    @Test
    void shouldKeepWhatCallsUseWhileTheCollectorRuns() throws InterruptedException {
        QueuePair qp = pd.createQueuePair(QpInitAttributes.rc(cq, cq, new QpCapabilities(4, 4, 1, 1, 0)));
        AtomicBoolean isOver = new AtomicBoolean();
        Thread collector = new Thread(() -> {
            while (!isOver.get()) {
                for (int i = 0; i < 64; i++) {
                    ByteBuffer.allocateDirect(144).putLong(0, -1).putLong(16, -1);
                }
                System.gc();
            }
        });
        collector.start();
        try {
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
            while (System.nanoTime() - endNs < 0) {
                qp.modify(QpAttributes.toState(QpState.INIT)
                        .pkeyIndex(0)
                        .port(port)
                        .accessFlags(ALL));
                assertThat(qp.query().port()).isEqualTo(port);
                qp.modify(QpAttributes.toState(QpState.RESET));
            }
        } finally {
            isOver.set(true);
            collector.join();
        }
    }

    @Test
    void shouldAllocateNothingPerRoundTrip() {
        SendWorkRequest write = a.newSendRequest(1)
                .opcode(WrOpcode.RDMA_WRITE)
                .flags(SendFlag.SIGNALED)
                .sgeCount(1)
                .sge(0, memory.address(), 8, memory.lkey())
                .remote(memory.address() + 4096, memory.rkey());
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 8 && least > 0; round++) { // the compiler and the class loader come to an end
            long before = threads.getCurrentThreadAllocatedBytes();
            write(write, 4_000);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
    }

    private void write(SendWorkRequest write, int times) {
        for (int i = 0; i < times; i++) {
            if (a.post(write) != 0) {
                throw new AssertionError("refused");
            }
            awaitOne();
            if (batch.status(0) != 0) {
                throw new AssertionError(WcStatus.ofCode(batch.status(0)));
            }
        }
    }
}
