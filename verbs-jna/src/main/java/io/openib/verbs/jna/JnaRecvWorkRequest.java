package io.openib.verbs.jna;

import io.openib.verbs.RecvWorkRequest;

/** {@code struct ibv_recv_wr}. */
final class JnaRecvWorkRequest extends JnaWorkRequest implements RecvWorkRequest {
    JnaRecvWorkRequest(int maxSge) {
        super(RecvWrLayout.BYTES, maxSge);
    }

    /**
     * @param most what the queue takes
     */
    static JnaRecvWorkRequest of(String place, int sges, int most) {
        if (sges < 0 || sges > most) {
            throw Failures.invalid("ibv_post_recv", place, sges + " entries, it takes at most " + most);
        }
        return new JnaRecvWorkRequest(sges);
    }

    @Override
    public RecvWorkRequest wrId(long wrId) {
        writeWrId(wrId);
        return this;
    }

    @Override
    public RecvWorkRequest sgeCount(int count) {
        writeSgeCount(count);
        return this;
    }

    @Override
    public RecvWorkRequest sge(int index, long address, int lengthBytes, int lkey) {
        writeSge(index, address, lengthBytes, lkey);
        return this;
    }
}
