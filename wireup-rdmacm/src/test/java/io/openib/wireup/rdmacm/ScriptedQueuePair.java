package io.openib.wireup.rdmacm;

import io.openib.verbs.CompletionQueue;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import io.openib.verbs.QueuePair;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.SharedReceiveQueue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A queue pair that remembers its moves. Whatever a wireup has no business with fails. */
final class ScriptedQueuePair implements QueuePair {
    private final int number;
    private QpState state = QpState.RESET;
    volatile boolean hasReceives;
    /** Every move to INIT, from RESET and from INIT. */
    final List<QpAttributes> inits = new ArrayList<>();

    QpAttributes rtr = QpAttributes.none();
    QpAttributes rts = QpAttributes.none();

    ScriptedQueuePair(int number) {
        this.number = number;
    }

    @Override
    public synchronized void modify(QpAttributes attributes) {
        boolean isToInit = attributes.state() == QpState.INIT && (state == QpState.RESET || state == QpState.INIT);
        if (isToInit) {
            inits.add(attributes);
        } else if (attributes.state() == QpState.RTR && state == QpState.INIT && hasReceives) {
            rtr = attributes;
        } else if (attributes.state() == QpState.RTS && state == QpState.RTR) {
            rts = attributes;
        } else if (attributes.state() != QpState.ERR) {
            throw new AssertionError(state + " to " + attributes.state());
        }
        state = attributes.state();
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public QpType type() {
        return QpType.RC;
    }

    @Override
    public synchronized QpState state() {
        return state;
    }

    @Override
    public ProtectionDomain protectionDomain() {
        throw new AssertionError();
    }

    @Override
    public CompletionQueue sendCq() {
        throw new AssertionError();
    }

    @Override
    public CompletionQueue recvCq() {
        throw new AssertionError();
    }

    @Override
    public @Nullable SharedReceiveQueue srq() {
        return null;
    }

    @Override
    public QpCapabilities capabilities() {
        throw new AssertionError();
    }

    @Override
    public QpAttributes query() {
        throw new AssertionError();
    }

    @Override
    public SendWorkRequest newSendRequest(int maxSge) {
        throw new AssertionError();
    }

    @Override
    public RecvWorkRequest newRecvRequest(int maxSge) {
        throw new AssertionError();
    }

    @Override
    public int post(SendWorkRequest wr) {
        throw new AssertionError();
    }

    @Override
    public int postChain(SendWorkRequest[] wrs, int n) {
        throw new AssertionError();
    }

    @Override
    public int post(RecvWorkRequest wr) {
        throw new AssertionError();
    }

    @Override
    public int postChain(RecvWorkRequest[] wrs, int n) {
        throw new AssertionError();
    }

    @Override
    public void close() {
        modify(QpAttributes.toState(QpState.ERR));
    }
}
