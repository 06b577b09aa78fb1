package io.openib.verbs.testkit;

import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpType;
import java.io.Serializable;

/** What a queue pair of a case is made with. The defaults suit most cases. */
public final class QpRequest implements Serializable {
    private static final long serialVersionUID = 1L;

    private QpType type = QpType.RC;
    private int sendCq;
    private int recvCq;
    private int srq;
    private int maxSendWr = 64;
    private int maxRecvWr = 64;
    private int maxSge = 4;
    private int maxInline = 32;
    private boolean isSqSigAll;

    private QpRequest() {}

    /** Reliable connected. */
    public static QpRequest rc() {
        return new QpRequest();
    }

    /** Unreliable datagram. */
    public static QpRequest ud() {
        QpRequest request = new QpRequest();
        request.type = QpType.UD;
        return request;
    }

    /** A side's completion queues; 0 makes one for both. */
    public QpRequest cqs(int send, int recv) {
        sendCq = send;
        recvCq = recv;
        return this;
    }

    /** A side's shared receive queue. */
    public QpRequest srq(int handle) {
        srq = handle;
        return this;
    }

    /** Depths of the two queues. */
    public QpRequest depths(int send, int recv) {
        maxSendWr = send;
        maxRecvWr = recv;
        return this;
    }

    /** Every send is signalled. */
    public QpRequest sqSigAll() {
        isSqSigAll = true;
        return this;
    }

    boolean hasCqs() {
        return sendCq != 0;
    }

    QpType type() {
        return type;
    }

    int sendCq() {
        return sendCq;
    }

    int recvCq() {
        return recvCq;
    }

    int srq() {
        return srq;
    }

    boolean isSqSigAll() {
        return isSqSigAll;
    }

    QpCapabilities capabilities() {
        return new QpCapabilities(maxSendWr, srq == 0 ? maxRecvWr : 0, maxSge, maxSge, maxInline);
    }
}
