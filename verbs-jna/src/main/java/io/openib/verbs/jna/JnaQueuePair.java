package io.openib.verbs.jna;

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
import org.jspecify.annotations.Nullable;

/**
 * {@code struct ibv_qp}. The state that was last asked for is kept here, since not every provider looks at it when
 * something is posted; a device moves a queue pair by itself only to ERR or SQE, where posting is allowed anyway.
 */
final class JnaQueuePair implements QueuePair {
    private static final String MODIFY = "ibv_modify_qp";

    private final VerbsContext context;
    private final JnaProtectionDomain pd;
    private final QpInitAttributes made;
    private final QpCapabilities capabilities;
    private final int number;
    private final Handle handle;
    private final Poster sends;
    private final Poster recvs;
    private int setBits;
    private volatile boolean canSend;
    private volatile boolean canReceive;

    JnaQueuePair(VerbsContext context, JnaProtectionDomain pd, long qp, QpInitAttributes made, QpCapabilities got) {
        this.context = context;
        this.pd = pd;
        this.made = made;
        this.capabilities = got;
        this.number = NativeMemory.view(qp, ObjectLayouts.QP_BYTES).getInt(ObjectLayouts.QP_NUM);
        this.handle = new Handle(context.deviceName() + " qp " + number, qp);
        this.sends = Poster.ofSends(context.hotCalls(), qp, made.type() == QpType.UD);
        this.recvs = Poster.ofReceives(context.hotCalls(), qp);
    }

    long address() {
        return handle.address();
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public QpType type() {
        return made.type();
    }

    @Override
    public ProtectionDomain protectionDomain() {
        return pd;
    }

    @Override
    public CompletionQueue sendCq() {
        return made.sendCq();
    }

    @Override
    public CompletionQueue recvCq() {
        return made.recvCq();
    }

    @Override
    public @Nullable SharedReceiveQueue srq() {
        return made.srq();
    }

    @Override
    public QpCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public synchronized QpState state() {
        return query(QpAttribute.STATE.bit()).state();
    }

    @Override
    public synchronized void modify(QpAttributes attributes) {
        QpAttributeRanges.verify(handle.place(), attributes, pd.device());
        NativeMemory attr = NativeMemory.ofBytes(QpAttrLayout.BYTES);
        QpAttrLayout.write(attr.bytes(), attributes);
        attr.bytes().put(QpAttrLayout.RETRY_CNT, (byte) context.quirks().retryCount(attributes.retryCount()));
        int bits = attributes.maskBits();
        int result = context.ibv().modifyQp(handle.address(), attr.address(), bits);
        attr.keep();
        if (result != 0) {
            throw refusal(attributes, result == -1 ? Libc.errno() : Math.abs(result));
        }
        setBits |= bits;
        if (attributes.has(QpAttribute.STATE)) {
            moved(attributes.state());
        }
    }

    private RuntimeException refusal(QpAttributes attributes, int errno) {
        return errno == Errno.EINVAL
                ? Failures.invalid(
                        MODIFY, handle.place(), "from " + state() + " the device does not take " + attributes.mask())
                : Failures.of(MODIFY, handle.place(), errno);
    }

    private void moved(QpState to) {
        if (to == QpState.RESET) {
            setBits = 0;
        }
        canReceive = to != QpState.RESET;
        canSend = to.compareTo(QpState.RTS) >= 0;
    }

    @Override
    public synchronized QpAttributes query() {
        return query(setBits | QpAttribute.STATE.bit());
    }

    private QpAttributes query(int bits) {
        NativeMemory attr = NativeMemory.ofBytes(QpAttrLayout.BYTES);
        NativeMemory init = NativeMemory.ofBytes(QpInitAttrLayout.BYTES);
        int result = context.ibv().queryQp(handle.address(), attr.address(), bits, init.address());
        init.keep();
        Failures.check(result, "ibv_query_qp", handle.place());
        return QpAttrLayout.read(attr.bytes(), bits);
    }

    @Override
    public SendWorkRequest newSendRequest(int maxSge) {
        return JnaSendWorkRequest.of(handle.place(), maxSge, capabilities.maxSendSge(), capabilities.maxInlineData());
    }

    @Override
    public RecvWorkRequest newRecvRequest(int maxSge) {
        return JnaRecvWorkRequest.of(handle.place(), maxSge, capabilities.maxRecvSge());
    }

    @Override
    public int post(SendWorkRequest wr) {
        return canSend ? sends.post((JnaWorkRequest) wr) : -Errno.EINVAL;
    }

    @Override
    public int postChain(SendWorkRequest[] wrs, int n) {
        return canSend ? sends.postChain(wrs, n) : -Errno.EINVAL;
    }

    @Override
    public int post(RecvWorkRequest wr) {
        return takesReceives() ? recvs.post((JnaWorkRequest) wr) : -Errno.EINVAL;
    }

    @Override
    public int postChain(RecvWorkRequest[] wrs, int n) {
        return takesReceives() ? recvs.postChain(wrs, n) : -Errno.EINVAL;
    }

    private boolean takesReceives() {
        return canReceive && made.srq() == null;
    }

    /** Not while another thread asks for it or moves it. */
    @Override
    public synchronized void close() {
        handle.close("ibv_destroy_qp", context.ibv()::destroyQp, this::gone);
    }

    private void gone(long qp) {
        sends.close();
        recvs.close();
        context.closed(qp, this);
    }

    @Override
    public String toString() {
        return handle.place();
    }
}
