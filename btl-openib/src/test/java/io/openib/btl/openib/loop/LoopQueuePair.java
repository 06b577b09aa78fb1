package io.openib.btl.openib.loop;

import io.openib.verbs.CompletionQueue;
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
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

final class LoopQueuePair implements QueuePair {
    private final LoopDevice device;
    private final QpInitAttributes init;
    private final int number = LoopFabric.NEXT.getAndIncrement();
    private final LoopReceives receives;
    private final ArrayDeque<LoopRequest> sends = new ArrayDeque<>();
    private final Map<QpState, QpAttributes> moves = new EnumMap<>(QpState.class);
    private QpState state = QpState.RESET;
    private int destination;

    LoopQueuePair(LoopDevice device, QpInitAttributes init) {
        this.device = device;
        this.init = init;
        this.receives = init.srq() instanceof LoopReceives shared
                ? shared
                : new LoopReceives(device, init.capabilities().maxRecvWr());
        LoopFabric.QPS.set(number, this);
    }

    boolean isOf(LoopFabric fabric) {
        return device.isOf(fabric);
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public QpType type() {
        return init.type();
    }

    @Override
    public ProtectionDomain protectionDomain() {
        return device;
    }

    @Override
    public CompletionQueue sendCq() {
        return init.sendCq();
    }

    @Override
    public CompletionQueue recvCq() {
        return init.recvCq();
    }

    @Override
    public @Nullable SharedReceiveQueue srq() {
        return init.srq();
    }

    @Override
    public QpCapabilities capabilities() {
        return init.capabilities();
    }

    @Override
    public QpState state() {
        return state;
    }

    @Override
    public void modify(QpAttributes attributes) {
        if (attributes.state() == QpState.ERR && device.isStuck()) {
            return;
        }
        synchronized (LoopFabric.LOCK) {
            if (attributes.has(QpAttribute.DEST_QPN)) {
                destination = attributes.destQpNumber();
            }
            boolean isBroken = state != QpState.ERR && attributes.state() == QpState.ERR;
            state = attributes.state();
            moves.put(state, attributes);
            run();
            if (isBroken && init.srq() != null) {
                device.lastReceiveTaken(this);
            }
            if (state == QpState.ERR && init.srq() == null) {
                for (LoopRequest.Receive receive = receives.poll(); receive != null; receive = receives.poll()) {
                    complete(init.recvCq(), receive.wrId, WcStatus.WR_FLUSH_ERR.code(), 0);
                }
            }
        }
    }

    @Nullable
    QpAttributes move(QpState to) {
        synchronized (LoopFabric.LOCK) {
            return moves.get(to);
        }
    }

    @Override
    public QpAttributes query() {
        return QpAttributes.toState(state);
    }

    @Override
    public SendWorkRequest newSendRequest(int maxSge) {
        return new LoopRequest();
    }

    @Override
    public RecvWorkRequest newRecvRequest(int maxSge) {
        return new LoopRequest.Receive();
    }

    @Override
    public int post(SendWorkRequest wr) {
        synchronized (LoopFabric.LOCK) {
            if (state != QpState.RTS && state != QpState.ERR) {
                return -22;
            }
            LoopRequest request = (LoopRequest) wr;
            if (state == QpState.RTS && sends.isEmpty()) {
                int outcome = execute(request);
                if (outcome >= 0) {
                    finish(request, outcome);
                    return 0;
                }
            }
            if (sends.size() >= init.capabilities().maxSendWr()) {
                return -12;
            }
            sends.add(request.copy());
            run();
            return 0;
        }
    }

    /** Carries on, under the lock. */
    void run() {
        while (!sends.isEmpty()) {
            LoopRequest request = sends.element();
            int outcome = state == QpState.ERR ? WcStatus.WR_FLUSH_ERR.code() : execute(request);
            if (outcome < 0) {
                return;
            }
            sends.remove();
            finish(request, outcome);
        }
    }

    private void finish(LoopRequest request, int status) {
        if (status != 0 || (request.flags & SendFlag.SIGNALED) != 0) {
            complete(init.sendCq(), request.wrId, status, 0);
        }
        if (status != 0 && state != QpState.ERR) {
            modify(QpAttributes.toState(QpState.ERR));
        }
    }

    /** A status, or -1 when it has to wait. */
    private int execute(LoopRequest request) {
        LoopQueuePair peer = LoopFabric.QPS.get(destination);
        boolean isReady = peer != null && (peer.state == QpState.RTR || peer.state == QpState.RTS);
        if (peer == null || !isReady || peer.destination != number) {
            return WcStatus.RETRY_EXC_ERR.code();
        }
        int length = request.sges == 0 ? 0 : request.length;
        if (request.opcode == WrOpcode.SEND) {
            return send(request, peer, length);
        }
        if (length == 0) {
            return 0;
        }
        LoopRegion remote = LoopFabric.REGIONS.get(request.rkey);
        LoopRegion local = LoopFabric.REGIONS.get(request.lkey);
        int to = remote == null ? -1 : remote.offset(request.remoteAddress, length);
        if (remote == null || to < 0 || remote.device != peer.device) {
            return WcStatus.REM_ACCESS_ERR.code();
        }
        int from = local.offset(request.address, length);
        switch (request.opcode) {
            case WrOpcode.RDMA_WRITE -> remote.memory.put(to, local.memory, from, length);
            case WrOpcode.RDMA_READ -> local.memory.put(from, remote.memory, to, length);
            default -> {
                var memory = remote.memory.duplicate().order(ByteOrder.nativeOrder());
                long before = memory.getLong(to);
                local.memory.duplicate().order(ByteOrder.nativeOrder()).putLong(from, before);
                if (request.opcode == WrOpcode.ATOMIC_FETCH_AND_ADD) {
                    memory.putLong(to, before + request.compareAdd);
                } else if (before == request.compareAdd) {
                    memory.putLong(to, request.swap);
                }
            }
        }
        return 0;
    }

    private int send(LoopRequest request, LoopQueuePair peer, int length) {
        LoopRequest.Receive receive = peer.receives.poll();
        if (receive == null) {
            LoopFabric.RNR.incrementAndGet();
            if (peer.init.srq() == null) {
                LoopFabric.RNR_PER_PEER.incrementAndGet();
            }
            peer.receives.waiting.add(this);
            return -1;
        }
        LoopRegion into = LoopFabric.REGIONS.get(receive.lkey);
        int to = into.offset(receive.address, receive.length);
        if (length > receive.length) {
            return WcStatus.REM_INV_REQ_ERR.code();
        }
        if (request.isGiven) {
            into.memory.put(to, request.given, 0, length);
        } else if (request.inline.length > 0) {
            into.memory.put(to, request.inline, 0, length);
        } else {
            LoopRegion from = LoopFabric.REGIONS.get(request.lkey);
            into.memory.put(to, from.memory, from.offset(request.address, length), length);
        }
        peer.complete(peer.init.recvCq(), receive.wrId, 0, length);
        return 0;
    }

    private void complete(CompletionQueue cq, long wrId, int status, int length) {
        ((LoopCompletionQueue) cq).add(wrId, status, length, number);
    }

    @Override
    public int postChain(SendWorkRequest[] wrs, int n) {
        for (int i = 0; i < n; i++) {
            int code = post(wrs[i]);
            if (code != 0) {
                return i == 0 ? code : i;
            }
        }
        return n;
    }

    @Override
    public int post(RecvWorkRequest wr) {
        return receives.post(wr);
    }

    @Override
    public int postChain(RecvWorkRequest[] wrs, int n) {
        return receives.postChain(wrs, n);
    }

    @Override
    public void close() {
        device.awaitDestroy();
        synchronized (LoopFabric.LOCK) {
            if (LoopFabric.QPS.getAndSet(number, null) != null) {
                device.objects().closed();
            }
            device.destroyed(this);
            receives.waiting.remove(this);
        }
    }
}
