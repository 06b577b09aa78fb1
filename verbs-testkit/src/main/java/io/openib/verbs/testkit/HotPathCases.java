package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.QueuePair;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.WrOpcode;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Posting and polling allocate nothing. */
interface HotPathCases extends VerbsContract {
    int WARM_UP = 2_000;
    int MEASURED = 20_000;

    @Test
    default void shouldAllocateNothingInPostAndPoll(VerbsFixture fx) {
        End end = fx.end(fx.near(), QpRequest.rc());
        end.connect(end.towards(end));
        QueuePair qp = fx.near().qp(end.qp().handle());
        CompletionQueue cq = fx.near().cq(end.qp().sendCq());
        WorkCompletions batch = cq.newCompletions(4);
        Region region = end.region();
        RecvWorkRequest recv = qp.newRecvRequest(1).sgeCount(1).sge(0, region.address(), 64, region.lkey());
        SendWorkRequest send = qp.newSendRequest(1)
                .opcode(WrOpcode.SEND)
                .flags(SendFlag.SIGNALED)
                .sgeCount(1)
                .sge(0, region.address() + 4096, 64, region.lkey());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        exchange(qp, cq, batch, recv, send, WARM_UP);
        long before = threads.getCurrentThreadAllocatedBytes();
        int good = exchange(qp, cq, batch, recv, send, MEASURED);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(good).isEqualTo(2 * MEASURED);
        assertThat(allocated)
                .as("bytes allocated by %d exchanges; the JVM's own are far below one each", MEASURED)
                .isLessThan(MEASURED);
    }

    private static int exchange(
            QueuePair qp,
            CompletionQueue cq,
            WorkCompletions batch,
            RecvWorkRequest recv,
            SendWorkRequest send,
            int times) {
        int good = 0;
        for (int i = 0; i < times; i++) {
            if (qp.post(recv.wrId(i)) != 0 || qp.post(send.wrId(i)) != 0) {
                return good;
            }
            for (int left = 2; left > 0; ) {
                int found = cq.poll(batch);
                if (found < 0) {
                    return good;
                }
                for (int k = 0; k < found; k++) {
                    good += batch.status(k) == WcStatus.SUCCESS.code() && batch.wrId(k) == i ? 1 : 0;
                }
                left -= found;
            }
        }
        return good;
    }
}
