package io.openib.btl.openib.wire;

/**
 * One queue of {@code btl_openib_receive_queues}.
 *
 * @param isShared type S: all peers draw from it; otherwise P: each peer has one
 * @param sizeBytes the longest message it takes
 * @param rdNum receives at most
 * @param rdLow P: receives are posted again when no more than this are left; S: the same
 * @param rdWin P: credits to return that warrant a message of their own
 * @param rdRsv P: receives in reserve for credit messages
 * @param sdMax S: sends that this process has under way on it at most, to all peers together
 * @param rdInit S: receives posted at first
 * @param srqLimit S: when fewer are left, more are posted, up to rdNum
 */
public record ReceiveQueue(
        boolean isShared,
        int sizeBytes,
        int rdNum,
        int rdLow,
        int rdWin,
        int rdRsv,
        int sdMax,
        int rdInit,
        int srqLimit) {
    static ReceiveQueue perPeer(int sizeBytes, int rdNum, int rdLow, int rdWin, int rdRsv) {
        return new ReceiveQueue(false, sizeBytes, rdNum, rdLow, rdWin, rdRsv, 0, rdNum, 0);
    }

    static ReceiveQueue shared(int sizeBytes, int rdNum, int rdLow, int sdMax, int rdInit, int srqLimit) {
        return new ReceiveQueue(true, sizeBytes, rdNum, rdLow, 0, 0, sdMax, rdInit, srqLimit);
    }

    /** In the parameter's grammar, with every field written out. */
    @Override
    public String toString() {
        return isShared
                ? "S," + sizeBytes + ',' + rdNum + ',' + rdLow + ',' + sdMax + ',' + rdInit + ',' + srqLimit
                : "P," + sizeBytes + ',' + rdNum + ',' + rdLow + ',' + rdWin + ',' + rdRsv;
    }
}
