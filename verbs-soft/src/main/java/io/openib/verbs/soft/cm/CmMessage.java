package io.openib.verbs.soft.cm;

/** A message of the connection manager's protocol. */
sealed interface CmMessage {
    CmMessageKind kind();

    /** REQ. */
    record Request(Offer offer) implements CmMessage {
        @Override
        public CmMessageKind kind() {
            return CmMessageKind.REQ;
        }
    }

    /** REP. */
    record Reply(Offer offer) implements CmMessage {
        @Override
        public CmMessageKind kind() {
            return CmMessageKind.REP;
        }
    }

    /** REJ, with the program's bytes where it was the program that rejected. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody, changed by nobody
    record Reject(int reason, byte[] privateData) implements CmMessage {
        @Override
        public CmMessageKind kind() {
            return CmMessageKind.REJ;
        }
    }

    /** One that says no more than its kind: MRA, RTU, DREQ, DREP. */
    record Signal(CmMessageKind kind) implements CmMessage {
        static final Signal MRA = new Signal(CmMessageKind.MRA);
        static final Signal RTU = new Signal(CmMessageKind.RTU);
        static final Signal DREQ = new Signal(CmMessageKind.DREQ);
        static final Signal DREP = new Signal(CmMessageKind.DREP);
    }
}
