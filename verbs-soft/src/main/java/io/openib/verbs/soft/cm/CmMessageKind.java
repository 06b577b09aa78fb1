package io.openib.verbs.soft.cm;

/** The connection manager's messages, by the InfiniBand specification's names. */
public enum CmMessageKind {
    /** Connection request, active to passive. */
    REQ(0),
    /** Message receipt acknowledgement: the request arrived, the passive side's program has yet to answer. */
    MRA(1),
    /** Connection reply, passive to active. */
    REP(2),
    /** Ready to use, active to passive. */
    RTU(3),
    /** Refusal, either way. */
    REJ(4),
    /** Disconnection request, either way. */
    DREQ(5),
    /** Disconnection reply. */
    DREP(6);

    private final byte code;

    CmMessageKind(int code) {
        this.code = (byte) code;
    }

    /** The wire's type byte. */
    byte code() {
        return code;
    }
}
