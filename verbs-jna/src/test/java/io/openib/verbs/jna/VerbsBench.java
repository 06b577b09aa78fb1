package io.openib.verbs.jna;

import io.openib.verbs.AccessFlag;
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
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.WrOpcode;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The figures of perftest's {@code ib_send_lat} and {@code ib_send_bw} by this provider, two threads as its two processes.
 * Arguments: {@code lat BYTES ITERATIONS} or {@code bw BYTES ITERATIONS}; prints one number, us or MB/s.
 */
final class VerbsBench {
    private static final int DEPTH = 128;
    private static final int SIGNALLED_EACH = 100;
    private static final int INLINE = 64;
    private static final double MIB = 1 << 20;

    private VerbsBench() {}

    public static void main(String[] args) throws InterruptedException {
        int bytes = Integer.parseInt(args[1]);
        int iterations = Integer.parseInt(args[2]);
        JnaVerbsProvider provider = new JnaVerbsProvider();
        try (Side a = new Side(provider, bytes);
                Side b = new Side(provider, bytes)) {
            a.connect(b);
            b.connect(a);
            if (args[0].equals("lat")) {
                latency(a, b, bytes, iterations);
                System.out.printf(Locale.ROOT, "%.2f%n", latency(a, b, bytes, iterations));
            } else {
                bandwidth(a, b, bytes, iterations);
                System.out.printf(Locale.ROOT, "%.2f%n", bandwidth(a, b, bytes, iterations));
            }
        }
    }

    private static double latency(Side a, Side b, int bytes, int iterations) throws InterruptedException {
        long[] roundNs = new long[iterations];
        a.fillReceives();
        b.fillReceives();
        Thread echo = new Thread(() -> b.echo(bytes, iterations));
        echo.start();
        for (int i = 0; i < iterations; i++) {
            long startNs = System.nanoTime();
            a.send(bytes, i);
            a.awaitReceive();
            roundNs[i] = System.nanoTime() - startNs;
        }
        echo.join();
        a.drain();
        b.drain();
        Arrays.sort(roundNs);
        return roundNs[iterations / 2] / 2000.0;
    }

    private static double bandwidth(Side a, Side b, int bytes, int iterations) throws InterruptedException {
        b.fillReceives();
        Thread sink = new Thread(() -> b.sink(iterations));
        sink.start();
        long startNs = System.nanoTime();
        a.stream(iterations);
        double seconds = (System.nanoTime() - startNs) / 1e9;
        sink.join();
        return (double) bytes * iterations / seconds / MIB; // perftest's MB
    }

    /** A device of its own with one queue pair, used by one thread. */
    private static final class Side implements AutoCloseable {
        private static final Set<AccessFlag> ACCESS = EnumSet.allOf(AccessFlag.class);

        private final Device device;
        private final CompletionQueue sendCq;
        private final CompletionQueue recvCq;
        private final QueuePair qp;
        private final GidEntry gid;
        private final MemoryRegion memory;
        private final SendWorkRequest send;
        private final RecvWorkRequest recv;
        private final WorkCompletions batch;
        private int posted;
        private int receives;
        private int unsignalled;
        private int signalled;

        Side(JnaVerbsProvider provider, int bytes) {
            device = provider.open(provider.deviceNames().get(0));
            ProtectionDomain pd = device.allocProtectionDomain();
            sendCq = device.createCompletionQueue(2 * DEPTH, null);
            recvCq = device.createCompletionQueue(2 * DEPTH, null);
            qp = pd.createQueuePair(
                    QpInitAttributes.rc(sendCq, recvCq, new QpCapabilities(DEPTH, 2 * DEPTH, 1, 1, INLINE)));
            memory = pd.allocate(2L * Math.max(bytes, 4096), ACCESS);
            gid = device.queryGidTable(1).stream()
                    .filter(entry -> !entry.gid().isLinkLocal())
                    .findFirst()
                    .orElseThrow();
            send = qp.newSendRequest(1)
                    .opcode(WrOpcode.SEND)
                    .sgeCount(1)
                    .sge(0, memory.address(), bytes, memory.lkey());
            recv = qp.newRecvRequest(1)
                    .sgeCount(1)
                    .sge(0, memory.address() + Math.max(bytes, 4096), bytes, memory.lkey());
            batch = sendCq.newCompletions(16);
        }

        void connect(Side peer) {
            qp.modify(QpAttributes.toState(QpState.INIT).pkeyIndex(0).port(1).accessFlags(ACCESS));
            qp.modify(QpAttributes.toState(QpState.RTR)
                    .addressVector(AddressVector.toGid(1, peer.gid.gid(), gid.index()))
                    .pathMtu(Mtu.MTU_1024)
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

        void fillReceives() {
            for (; receives < 2 * DEPTH; receives++) {
                qp.post(recv);
            }
        }

        /** Signals one in a hundred and polls it later, as perftest does. */
        void send(int bytes, int number) {
            boolean isSignalled = ++unsignalled == SIGNALLED_EACH / 2;
            if (isSignalled) {
                unsignalled = 0;
                signalled++;
            }
            send.flags((isSignalled ? SendFlag.SIGNALED : 0) | (bytes <= INLINE ? SendFlag.INLINE : 0));
            if (qp.post(send) != 0) {
                throw new IllegalStateException("send " + number + " was refused");
            }
            if (isSignalled) {
                drain();
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
            for (int i = 0; i < found; i++) {
                qp.post(recv);
            }
        }

        void echo(int bytes, int iterations) {
            for (int i = 0; i < iterations; i++) {
                awaitReceive();
                send(bytes, i);
            }
        }

        void sink(int iterations) {
            int seen = 0;
            while (seen < iterations) {
                int found = poll(recvCq);
                for (int i = 0; i < found; i++) {
                    qp.post(recv);
                }
                seen += found;
            }
        }

        void stream(int iterations) {
            posted = 0;
            int completed = 0;
            send.flags(SendFlag.SIGNALED);
            while (completed < iterations) {
                while (posted < iterations && posted - completed < DEPTH) {
                    if (qp.post(send) != 0) {
                        break;
                    }
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
}
