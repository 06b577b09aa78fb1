package io.openib.verbs.testkit;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** How a queue pair is brought from RESET to RTS. The defaults wait long and retry for ever, so that only faults end. */
public final class Wiring implements Serializable {
    private static final long serialVersionUID = 1L;

    /** All of local write, remote write, remote read and remote atomic. */
    public static final int ALL_ACCESS = 15;

    /** The Q_Key of the suite's datagrams. */
    public static final int QKEY = 0x11111111;

    private @Nullable PortAddress destination;
    private int destQpNumber;
    private int rqPsn;
    private int sqPsn;
    private int mtuCode = Mtu.MTU_1024.code();
    private int access = ALL_ACCESS;
    private int rdAtomic = 4;
    private int destRdAtomic = 4;
    private int minRnrTimer = 12;
    private int timeout = 14;
    private int retryCount = 7;
    private int rnrRetry = 7;

    private Wiring() {}

    /** Without a destination: for INIT, and for UD. */
    public static Wiring none() {
        return new Wiring();
    }

    /** To a queue pair and a first packet sequence number each way. */
    public static Wiring to(PortAddress destination, int destQpNumber, int rqPsn, int sqPsn) {
        Wiring wiring = new Wiring();
        wiring.destination = destination;
        wiring.destQpNumber = destQpNumber;
        wiring.rqPsn = rqPsn;
        wiring.sqPsn = sqPsn;
        return wiring;
    }

    /** Another destination. */
    public Wiring destination(PortAddress value) {
        destination = value;
        return this;
    }

    /** Another peer. */
    public Wiring destQpNumber(int value) {
        destQpNumber = value;
        return this;
    }

    /** Another first packet to be sent. */
    public Wiring sqPsn(int value) {
        sqPsn = value;
        return this;
    }

    /** Another path MTU. */
    public Wiring mtu(Mtu value) {
        mtuCode = value.code();
        return this;
    }

    /** Access bits for the peer. */
    public Wiring access(int bits) {
        access = bits;
        return this;
    }

    /** Reads and atomics outstanding, and answered. */
    public Wiring rdAtomic(int initiator, int responder) {
        rdAtomic = initiator;
        destRdAtomic = responder;
        return this;
    }

    /** The code of the wait that this side asks of its peer. */
    public Wiring minRnrTimer(int code) {
        minRnrTimer = code;
        return this;
    }

    /** The code of the timeout and the number of retries. */
    public Wiring retries(int timeoutCode, int count) {
        timeout = timeoutCode;
        retryCount = count;
        return this;
    }

    /** Retries after receiver-not-ready; 7 is for ever. */
    public Wiring rnrRetry(int count) {
        rnrRetry = count;
        return this;
    }

    QpAttributes rcInit(PortAddress own) {
        return QpAttributes.toState(QpState.INIT)
                .pkeyIndex(own.pkeyIndex())
                .port(own.port())
                .accessFlags(AccessFlag.ofBits(access));
    }

    QpAttributes rcRtr(PortAddress own) {
        PortAddress to = java.util.Objects.requireNonNull(destination, "a wiring without destination");
        return QpAttributes.toState(QpState.RTR)
                .addressVector(to.from(own))
                .pathMtu(Mtu.ofCode(mtuCode))
                .destQpNumber(destQpNumber)
                .rqPsn(rqPsn)
                .maxDestRdAtomic(destRdAtomic)
                .minRnrTimer(minRnrTimer);
    }

    QpAttributes rcRts() {
        return QpAttributes.toState(QpState.RTS)
                .timeout(timeout)
                .retryCount(retryCount)
                .rnrRetry(rnrRetry)
                .sqPsn(sqPsn)
                .maxRdAtomic(rdAtomic);
    }

    QpAttributes udInit(PortAddress own) {
        return QpAttributes.toState(QpState.INIT)
                .pkeyIndex(own.pkeyIndex())
                .port(own.port())
                .qkey(QKEY);
    }

    QpAttributes udRts() {
        return QpAttributes.toState(QpState.RTS).sqPsn(sqPsn);
    }
}
