package io.openib.verbs.testkit;

import io.openib.verbs.WcStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes messages and posts their receives again. A receive's id is its offset in the region whose handle is above it. */
final class Drain {
    private final LocalSide side;
    private final int cq;
    private final int srq;
    private final Map<Integer, Integer> expected = new HashMap<>();
    private int messages;
    private int outOfOrder;
    private int failed;

    Drain(LocalSide side, int cq, int srq) {
        this.side = side;
        this.cq = cq;
        this.srq = srq;
    }

    /** Says what to post again: queue pair (0 for the shared queue), region, offset and length. */
    static long wrId(int qp, int region, int offset, int length) {
        return (long) qp << 48 | (long) region << 32 | (long) (offset / 8) << 16 | length;
    }

    Drained run(int count, long timeoutMs) {
        Deadline deadline = Deadline.after(timeoutMs);
        while (messages + failed < count && !deadline.isOver()) {
            List<Wc> some = side.poll(cq, 32);
            some.forEach(this::take);
            if (some.isEmpty()) {
                deadline.pause();
            }
        }
        return new Drained(messages, outOfOrder, failed);
    }

    private void take(Wc wc) {
        if (wc.status() != WcStatus.SUCCESS) {
            failed++;
            return;
        }
        messages++;
        int region = (int) (wc.wrId() >>> 32 & 0xffff);
        int offset = (int) (wc.wrId() >>> 16 & 0xffff) * 8;
        int length = (int) (wc.wrId() & 0xffff);
        int sequence = ByteBuffer.wrap(side.read(region, offset, Integer.BYTES))
                .order(ByteOrder.BIG_ENDIAN)
                .getInt();
        int next = expected.merge(wc.qpNumber(), 1, Integer::sum) - 1;
        if (sequence != next) {
            outOfOrder++;
        }
        postAgain(
                wc.wrId(),
                new Region(region, side.mr(region).address(), 0, side.mr(region).lkey(), 0),
                offset,
                length);
    }

    private void postAgain(long wrId, Region region, int offset, int length) {
        Recv recv = Recv.into(wrId, region.part(offset, length));
        int result = srq == 0 ? side.postRecv((int) (wrId >>> 48), recv) : side.postSrqRecv(srq, recv);
        if (result != 0) {
            failed++;
        }
    }
}
