package io.openib.verbs;

/** {@code enum ibv_wc_status}. */
public enum WcStatus {
    SUCCESS(0, "success"),
    LOC_LEN_ERR(1, "local length error: the message is longer than the memory of the request"),
    LOC_QP_OP_ERR(2, "local queue pair operation error"),
    LOC_EEC_OP_ERR(3, "local EE context operation error"),
    LOC_PROT_ERR(4, "local protection error: a scatter or gather entry is not within a region that allows it"),
    WR_FLUSH_ERR(5, "flushed: the queue pair was in error before the request ran"),
    MW_BIND_ERR(6, "memory window bind error"),
    BAD_RESP_ERR(7, "bad response"),
    LOC_ACCESS_ERR(8, "local access error"),
    REM_INV_REQ_ERR(9, "remote invalid request: the peer's queue pair does not take such a message"),
    REM_ACCESS_ERR(10, "remote access error: key, bounds or access of the remote memory do not fit"),
    REM_OP_ERR(11, "remote operation error: the peer could not complete it"),
    RETRY_EXC_ERR(12, "retries exceeded: the peer does not answer"),
    RNR_RETRY_EXC_ERR(13, "receiver not ready: the peer posts no receives"),
    LOC_RDD_VIOL_ERR(14, "local RDD violation"),
    REM_INV_RD_REQ_ERR(15, "remote invalid RD request"),
    REM_ABORT_ERR(16, "remote abort"),
    INV_EECN_ERR(17, "invalid EE context number"),
    INV_EEC_STATE_ERR(18, "invalid EE context state"),
    FATAL_ERR(19, "fatal device error"),
    RESP_TIMEOUT_ERR(20, "response timeout"),
    GENERAL_ERR(21, "general error");

    private final int code;
    private final String meaning;

    WcStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** The value of {@code enum ibv_wc_status}. */
    public int code() {
        return code;
    }

    /** For people. */
    public String meaning() {
        return meaning;
    }

    /** The status of a code; {@link #GENERAL_ERR} for one that verbs does not have. */
    public static WcStatus ofCode(int code) {
        return code >= 0 && code <= GENERAL_ERR.code ? values()[code] : GENERAL_ERR;
    }
}
