package io.openib.verbs;

/** The kinds of queue pair that devices here make, of {@code enum ibv_qp_type}. */
public enum QpType {
    /** Reliable connected. */
    RC(2),
    /** Unreliable datagram. */
    UD(4);

    private final int code;

    QpType(int code) {
        this.code = code;
    }

    /** The value of {@code enum ibv_qp_type}. */
    public int code() {
        return code;
    }
}
