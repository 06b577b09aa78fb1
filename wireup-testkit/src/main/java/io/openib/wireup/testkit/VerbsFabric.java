package io.openib.wireup.testkit;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.ActivePort;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.GidChoice;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.PkeyChoice;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SendFlag;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.WrOpcode;
import io.openib.wireup.QueuePairOwner.ProbeAnswer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;

/**
 * The devices of a provider: each process has a context, a protection domain, a completion queue and a thread that polls it
 * of its own.
 */
public final class VerbsFabric implements Fabric {
    private final VerbsProvider provider;
    private final String device;
    private final int port;
    private final ToIntFunction<Device> gidIndex;
    private final ToIntFunction<Device> pkeyIndex;

    /**
     * The first ACTIVE port of this provider.
     *
     * @throws io.openib.verbs.VerbsException if there is none
     */
    public VerbsFabric(VerbsProvider provider) {
        this(provider, ActivePort.firstOf(provider));
    }

    private VerbsFabric(VerbsProvider provider, ActivePort active) {
        this(
                provider,
                active.device(),
                active.number(),
                device -> GidChoice.row(device, active.number()),
                device -> PkeyChoice.row(device, active.number(), 0).orElse(0));
    }

    /**
     * A port of a device of this provider.
     *
     * @param gidIndex the row of the GID table to use
     * @param pkeyIndex the row of the P_Key table to use
     */
    public VerbsFabric(
            VerbsProvider provider,
            String device,
            int port,
            ToIntFunction<Device> gidIndex,
            ToIntFunction<Device> pkeyIndex) {
        this.provider = provider;
        this.device = device;
        this.port = port;
        this.gidIndex = gidIndex;
        this.pkeyIndex = pkeyIndex;
    }

    /**
     * The first ACTIVE port of the provider of this name.
     *
     * @throws AssertionError if there is none, or it cannot be used here
     */
    public static VerbsFabric named(String name) {
        VerbsProvider provider = ServiceLoader.load(VerbsProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no provider of devices called " + name));
        if (!provider.availability().isUsable()) {
            throw new AssertionError(name + ": " + provider.availability().reason());
        }
        return new VerbsFabric(provider);
    }

    @Override
    public Port open() {
        return new VerbsPort(this);
    }

    @Override
    public void close() {
        // each port closes what it opened
    }

    private static final class VerbsPort implements Port {
        private static final int ENTRIES = 512;
        private static final int DEPTH = 8;
        private static final int BYTES = 64;
        private static final long PAUSE_NS = 500_000;
        private static final long STOP_TIMEOUT_MS = 5_000;

        private final VerbsProvider provider;
        private final Device device;
        private final int port;
        private final int gidIndex;
        private final int pkeyIndex;
        private final ProtectionDomain pd;
        private final CompletionQueue cq;
        private final MemoryRegion memory;
        private final Thread poller;
        private final Map<Long, ProbeAnswer> answers = new HashMap<>();
        private final List<QueuePair> queuePairs = new ArrayList<>();
        private long nextId;
        private boolean isClosed;
        private volatile boolean isStopped;

        VerbsPort(VerbsFabric fabric) {
            provider = fabric.provider;
            port = fabric.port;
            device = provider.open(fabric.device);
            gidIndex = fabric.gidIndex.applyAsInt(device);
            pkeyIndex = fabric.pkeyIndex.applyAsInt(device);
            pd = device.allocProtectionDomain();
            cq = device.createCompletionQueue(ENTRIES, null);
            memory = pd.allocate(BYTES, Set.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_WRITE));
            poller = new Thread(this::poll, "poller");
            poller.setDaemon(true);
            poller.start();
        }

        private void poll() {
            WorkCompletions batch = cq.newCompletions(DEPTH);
            while (!isStopped) {
                int count = cq.poll(batch);
                for (int i = 0; i < count; i++) {
                    answer(batch.wrId(i), batch.status(i) == WcStatus.SUCCESS.code());
                }
                if (count <= 0) {
                    LockSupport.parkNanos(PAUSE_NS);
                }
            }
        }

        private void answer(long wrId, boolean hasSucceeded) {
            ProbeAnswer answer;
            synchronized (this) {
                answer = answers.remove(wrId);
            }
            if (answer != null) {
                answer.onAnswer(hasSucceeded);
            }
        }

        @Override
        public Device device() {
            return device;
        }

        @Override
        public int port() {
            return port;
        }

        @Override
        public int gidIndex() {
            return gidIndex;
        }

        @Override
        public int pkeyIndex() {
            return pkeyIndex;
        }

        @Override
        public VerbsProvider provider() {
            return provider;
        }

        @Override
        public synchronized QueuePair createQueuePair() {
            QpCapabilities capabilities = new QpCapabilities(DEPTH, DEPTH, 1, 1, 0);
            QueuePair qp = pd.createQueuePair(QpInitAttributes.rc(cq, cq, capabilities));
            queuePairs.add(qp);
            return qp;
        }

        @Override
        public synchronized void postReceive(QueuePair qp) {
            int result =
                    qp.post(qp.newRecvRequest(1).wrId(0).sgeCount(1).sge(0, memory.address(), BYTES, memory.lkey()));
            if (result != 0) {
                throw new AssertionError("a receive cannot be posted: " + result);
            }
        }

        @Override
        public void write(QueuePair qp, ProbeAnswer answer) {
            post(qp, WrOpcode.RDMA_WRITE, 0, answer);
        }

        @Override
        public void send(QueuePair qp, ProbeAnswer answer) {
            post(qp, WrOpcode.SEND, 1, answer);
        }

        private void post(QueuePair qp, int opcode, int sges, ProbeAnswer answer) {
            boolean isPosted;
            synchronized (this) {
                long wrId = ++nextId;
                isPosted = !isClosed
                        && queuePairs.contains(qp)
                        && qp.post(qp.newSendRequest(1)
                                        .wrId(wrId)
                                        .opcode(opcode)
                                        .flags(SendFlag.SIGNALED)
                                        .sgeCount(sges)
                                        .sge(0, memory.address(), BYTES, memory.lkey())
                                        .remote(memory.address(), memory.rkey()))
                                == 0;
                if (isPosted) {
                    answers.put(wrId, answer);
                }
            }
            if (!isPosted) {
                answer.onAnswer(false);
            }
        }

        @Override
        public synchronized void destroy(QueuePair qp) {
            if (queuePairs.remove(qp)) {
                qp.close();
            }
        }

        @Override
        public void close() {
            synchronized (this) {
                if (isClosed) {
                    return;
                }
                isClosed = true;
                queuePairs.forEach(QueuePair::close);
                queuePairs.clear();
            }
            isStopped = true;
            try {
                poller.join(STOP_TIMEOUT_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            List.copyOf(answers.values()).forEach(answer -> answer.onAnswer(false));
            memory.close();
            cq.close();
            pd.close();
            device.close();
        }
    }
}
