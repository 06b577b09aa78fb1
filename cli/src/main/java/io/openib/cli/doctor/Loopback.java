package io.openib.cli.doctor;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressVector;
import io.openib.verbs.AddressVector.GlobalRoute;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.Finding;
import io.openib.verbs.GidEntry;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.WrOpcode;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A queue pair that is its own peer: one SEND and one RDMA WRITE, whose bytes and completions are compared. */
final class Loopback {
    static final String CHECK = "loopback, 1 SEND and 1 WRITE";

    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long PATTERN = 0x6f70_656e_6962_2121L;
    private static final int SEND_FROM = 0;
    private static final int RECV_TO = 64;
    private static final int WRITE_TO = 128;
    private static final int RECV_ID = 1;
    private static final int SEND_ID = 2;
    private static final int WRITE_ID = 3;
    private static final int PSN = 7;
    private static final int MIN_RNR_TIMER = 12;
    private static final int TIMEOUT = 14;
    private static final int RETRIES = 3;
    private static final String REMEDY =
            "compare with ibv_rc_pingpong on this device: if that works, report this line; else see to driver and firmware";

    private final Device device;
    private final int port;
    private final PortAttributes attributes;
    private final @Nullable GidEntry gid;
    private final int pkeyRow;

    /**
     * @param gid the row of the GID table to use, if it has any
     * @param pkeyRow the row of the P_Key table to use
     */
    Loopback(Device device, int port, PortAttributes attributes, @Nullable GidEntry gid, int pkeyRow) {
        this.device = device;
        this.port = port;
        this.attributes = attributes;
        this.gid = gid;
        this.pkeyRow = pkeyRow;
    }

    Finding check() {
        long startNs = System.nanoTime();
        try {
            String problem = run();
            double ms = (System.nanoTime() - startNs) / 1e6;
            return problem == null
                    ? Finding.ok(CHECK, String.format(Locale.ROOT, "both arrived whole, %.1f ms with set-up", ms))
                    : Finding.failed(CHECK, problem, REMEDY);
        } catch (VerbsException e) {
            return Finding.failed(CHECK, String.valueOf(e.getMessage()), REMEDY);
        }
    }

    private @Nullable String run() {
        Set<AccessFlag> access = Set.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_WRITE);
        try (ProtectionDomain pd = device.allocProtectionDomain();
                CompletionQueue cq = device.createCompletionQueue(8, null);
                MemoryRegion memory = pd.allocate(4096, access);
                QueuePair qp = pd.createQueuePair(QpInitAttributes.rc(cq, cq, new QpCapabilities(4, 4, 1, 1, 0)))) {
            connect(qp, access);
            memory.buffer().putLong(SEND_FROM, PATTERN);
            return exchange(qp, cq, memory);
        }
    }

    private void connect(QueuePair qp, Set<AccessFlag> access) {
        GlobalRoute route = gid != null && (attributes.lid() == 0 || attributes.isGrhRequired())
                ? GlobalRoute.to(gid.gid(), gid.index())
                : null;
        AddressVector self = new AddressVector(port, attributes.lid(), 0, 0, route);
        qp.modify(
                QpAttributes.toState(QpState.INIT).pkeyIndex(pkeyRow).port(port).accessFlags(access));
        qp.modify(QpAttributes.toState(QpState.RTR)
                .addressVector(self)
                .pathMtu(attributes.activeMtu())
                .destQpNumber(qp.number())
                .rqPsn(PSN)
                .maxDestRdAtomic(1)
                .minRnrTimer(MIN_RNR_TIMER));
        qp.modify(QpAttributes.toState(QpState.RTS)
                .timeout(TIMEOUT)
                .retryCount(RETRIES)
                .rnrRetry(RETRIES)
                .sqPsn(PSN)
                .maxRdAtomic(1));
    }

    private static @Nullable String exchange(QueuePair qp, CompletionQueue cq, MemoryRegion memory) {
        int posted = qp.post(
                qp.newRecvRequest(1).wrId(RECV_ID).sgeCount(1).sge(0, memory.address() + RECV_TO, 64, memory.lkey()));
        posted |= qp.post(request(qp, memory, SEND_ID, WrOpcode.SEND));
        posted |= qp.post(
                request(qp, memory, WRITE_ID, WrOpcode.RDMA_WRITE).remote(memory.address() + WRITE_TO, memory.rkey()));
        if (posted != 0) {
            return "a request could not be posted";
        }
        String problem = await(qp, cq);
        if (problem != null) {
            return problem;
        }
        boolean isWhole =
                memory.buffer().getLong(RECV_TO) == PATTERN && memory.buffer().getLong(WRITE_TO) == PATTERN;
        return isWhole ? null : "the completions came, and the bytes are not those that were sent";
    }

    private static SendWorkRequest request(QueuePair qp, MemoryRegion memory, int id, int opcode) {
        return qp.newSendRequest(1)
                .wrId(id)
                .opcode(opcode)
                .flags(SendFlag.SIGNALED)
                .sgeCount(1)
                .sge(0, memory.address() + SEND_FROM, Long.BYTES, memory.lkey());
    }

    private static @Nullable String await(QueuePair qp, CompletionQueue cq) {
        WorkCompletions batch = cq.newCompletions(4);
        long endNs = System.nanoTime() + TIMEOUT_NS;
        int seen = 0;
        while (seen != (1 << RECV_ID | 1 << SEND_ID | 1 << WRITE_ID)) {
            if (System.nanoTime() - endNs > 0) {
                return "not everything completed within " + TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NS) + " s";
            }
            int found = cq.poll(batch);
            for (int i = 0; i < found; i++) {
                String problem = problem(qp, batch, i);
                if (problem != null) {
                    return problem;
                }
                seen |= 1 << batch.wrId(i);
            }
        }
        return null;
    }

    private static @Nullable String problem(QueuePair qp, WorkCompletions batch, int i) {
        long id = batch.wrId(i);
        if (batch.status(i) != WcStatus.SUCCESS.code()) {
            return "request " + id + " ended with " + WcStatus.ofCode(batch.status(i));
        }
        boolean isKnown = id >= RECV_ID && id <= WRITE_ID && batch.qpNumber(i) == qp.number();
        boolean isLength = id != RECV_ID || batch.byteLength(i) == Long.BYTES;
        return isKnown && isLength
                ? null
                : "a completion makes no sense: wr_id " + id + ", qp_num " + batch.qpNumber(i) + ", byte_len "
                        + batch.byteLength(i);
    }
}
