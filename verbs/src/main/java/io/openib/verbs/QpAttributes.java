package io.openib.verbs;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct ibv_qp_attr} with its mask: what was set is what a modify changes, so a mask that does not fit its values
 * cannot be written. Values are not checked here; the device does. Not thread-safe.
 */
public final class QpAttributes {
    private final EnumSet<QpAttribute> mask = EnumSet.noneOf(QpAttribute.class);

    private QpState state = QpState.RESET;
    private QpState currentState = QpState.RESET;
    private Set<AccessFlag> accessFlags = Set.of();
    private int pkeyIndex;
    private int port;
    private int qkey;
    private @Nullable AddressVector addressVector;
    private Mtu pathMtu = Mtu.MTU_1024;
    private int timeout;
    private int retryCount;
    private int rnrRetry;
    private int rqPsn;
    private int sqPsn;
    private int maxRdAtomic;
    private int maxDestRdAtomic;
    private int minRnrTimer;
    private int destQpNumber;
    private boolean isSqDraining;

    private QpAttributes() {}

    /** Nothing set. */
    public static QpAttributes none() {
        return new QpAttributes();
    }

    /** Attributes of a move to a state. */
    public static QpAttributes toState(QpState state) {
        return none().state(state);
    }

    /** What is set. */
    public Set<QpAttribute> mask() {
        return EnumSet.copyOf(mask);
    }

    /** What is set, as verbs' bits. */
    public int maskBits() {
        int bits = 0;
        for (QpAttribute attribute : mask) {
            bits |= attribute.bit();
        }
        return bits;
    }

    /** Whether it is set. */
    public boolean has(QpAttribute attribute) {
        return mask.contains(attribute);
    }

    /** Takes an attribute out of the mask. */
    public QpAttributes without(QpAttribute attribute) {
        mask.remove(attribute);
        return this;
    }

    private QpAttributes set(QpAttribute attribute) {
        mask.add(attribute);
        return this;
    }

    /** What a device found; not in the mask. */
    public QpAttributes sqDraining(boolean value) {
        isSqDraining = value;
        return this;
    }

    /**
     * Whether a query found the send queue still draining: in SQD, and what was posted before is not done. Until then a
     * device may refuse the move back to RTS.
     */
    public boolean isSqDraining() {
        return isSqDraining;
    }

    /** The state to move to, or the state that was found. */
    public QpAttributes state(QpState value) {
        state = value;
        return set(QpAttribute.STATE);
    }

    /** The state that the caller believes the queue pair to be in. */
    public QpAttributes currentState(QpState value) {
        currentState = value;
        return set(QpAttribute.CUR_STATE);
    }

    /** What the peer may do (RC). */
    public QpAttributes accessFlags(Set<AccessFlag> value) {
        accessFlags = Set.copyOf(value);
        return set(QpAttribute.ACCESS_FLAGS);
    }

    /** Row of the port's P_Key table. */
    public QpAttributes pkeyIndex(int value) {
        pkeyIndex = value;
        return set(QpAttribute.PKEY_INDEX);
    }

    /** The local port, from 1. */
    public QpAttributes port(int value) {
        port = value;
        return set(QpAttribute.PORT);
    }

    /** The Q_Key of arriving datagrams (UD). */
    public QpAttributes qkey(int value) {
        qkey = value;
        return set(QpAttribute.QKEY);
    }

    /** The way to the peer (RC). */
    public QpAttributes addressVector(AddressVector value) {
        addressVector = value;
        return set(QpAttribute.AV);
    }

    /** The path MTU (RC). */
    public QpAttributes pathMtu(Mtu value) {
        pathMtu = value;
        return set(QpAttribute.PATH_MTU);
    }

    /** Acknowledgement timeout: 0 is for ever, else 4.096 us times two to this power; 0 to 31. */
    public QpAttributes timeout(int value) {
        timeout = value;
        return set(QpAttribute.TIMEOUT);
    }

    /** Retries after a timeout, 0 to 7. */
    public QpAttributes retryCount(int value) {
        retryCount = value;
        return set(QpAttribute.RETRY_CNT);
    }

    /** Retries after receiver-not-ready, 0 to 6; 7 is for ever. */
    public QpAttributes rnrRetry(int value) {
        rnrRetry = value;
        return set(QpAttribute.RNR_RETRY);
    }

    /** The packet sequence number expected first, 24 bits. */
    public QpAttributes rqPsn(int value) {
        rqPsn = value;
        return set(QpAttribute.RQ_PSN);
    }

    /** The packet sequence number sent first, 24 bits. */
    public QpAttributes sqPsn(int value) {
        sqPsn = value;
        return set(QpAttribute.SQ_PSN);
    }

    /** Reads and atomics that this side has outstanding at most. */
    public QpAttributes maxRdAtomic(int value) {
        maxRdAtomic = value;
        return set(QpAttribute.MAX_QP_RD_ATOMIC);
    }

    /** Reads and atomics of the peer that this side answers at a time. */
    public QpAttributes maxDestRdAtomic(int value) {
        maxDestRdAtomic = value;
        return set(QpAttribute.MAX_DEST_RD_ATOMIC);
    }

    /** What the peer waits when no receive was posted: a code, 0 (655.36 ms) to 31; 12 is 0.64 ms. */
    public QpAttributes minRnrTimer(int value) {
        minRnrTimer = value;
        return set(QpAttribute.MIN_RNR_TIMER);
    }

    /** The peer's queue pair, 24 bits. */
    public QpAttributes destQpNumber(int value) {
        destQpNumber = value;
        return set(QpAttribute.DEST_QPN);
    }

    public QpState state() {
        return state;
    }

    public QpState currentState() {
        return currentState;
    }

    public Set<AccessFlag> accessFlags() {
        return accessFlags;
    }

    public int pkeyIndex() {
        return pkeyIndex;
    }

    public int port() {
        return port;
    }

    public int qkey() {
        return qkey;
    }

    /**
     * Where the peer is.
     *
     * @throws NullPointerException when it is not set
     */
    public AddressVector addressVector() {
        return Objects.requireNonNull(addressVector, "no address vector is set");
    }

    public Mtu pathMtu() {
        return pathMtu;
    }

    public int timeout() {
        return timeout;
    }

    public int retryCount() {
        return retryCount;
    }

    public int rnrRetry() {
        return rnrRetry;
    }

    public int rqPsn() {
        return rqPsn;
    }

    public int sqPsn() {
        return sqPsn;
    }

    public int maxRdAtomic() {
        return maxRdAtomic;
    }

    public int maxDestRdAtomic() {
        return maxDestRdAtomic;
    }

    public int minRnrTimer() {
        return minRnrTimer;
    }

    public int destQpNumber() {
        return destQpNumber;
    }
}
