package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.SendFlag;
import io.openib.verbs.WcStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many queue pairs that share completion queues, posted to by several threads. */
interface ConcurrencyCases extends VerbsContract {
    int QPS = 8;
    int THREADS = 4;
    int MESSAGES = 300;
    int RECEIVES = 16;
    int MESSAGE_BYTES = 64;

    @Test
    default void shouldKeepTheOrderOfEachQueuePairOnASharedCompletionQueue(VerbsFixture fx) throws Exception {
        assertOrderly(fx, false);
    }

    @Test
    default void shouldKeepTheOrderOfEachQueuePairOnASharedReceiveQueue(VerbsFixture fx) throws Exception {
        assertOrderly(fx, true);
    }

    private static void assertOrderly(VerbsFixture fx, boolean isShared) throws Exception {
        int farCq = fx.far().createCq(QPS * 64);
        int srq = isShared ? fx.far().createSrq(QPS * RECEIVES, 1) : 0;
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < QPS; i++) {
            End near = fx.end(fx.near(), QpRequest.rc());
            End far = fx.end(fx.far(), QpRequest.rc().cqs(farCq, farCq).srq(srq));
            Pair pair = new Pair(near, far);
            pair.connected(near.towards(far), far.towards(near).minRnrTimer(1));
            pairs.add(pair);
            postReceives(fx.far(), far, srq);
        }
        CompletableFuture<Drained> drained = CompletableFuture.supplyAsync(
                () -> fx.far().drain(farCq, srq, QPS * MESSAGES, End.WAIT_MS), ConcurrencyCases::start);
        List<CompletableFuture<Void>> senders = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            int first = thread;
            senders.add(CompletableFuture.runAsync(
                    () -> {
                        for (int i = first; i < QPS; i += THREADS) {
                            sendAll(pairs.get(i).near());
                        }
                    },
                    ConcurrencyCases::start));
        }
        for (CompletableFuture<Void> sender : senders) {
            sender.get(2 * End.WAIT_MS, TimeUnit.MILLISECONDS);
        }
        assertThat(drained.get(2 * End.WAIT_MS, TimeUnit.MILLISECONDS)).isEqualTo(new Drained(QPS * MESSAGES, 0, 0));
    }

    /** A thread a task: a common pool may have fewer threads than there are tasks that wait for each other. */
    static void start(Runnable task) {
        Thread thread = new Thread(task, "concurrency-case");
        thread.setDaemon(true);
        thread.start();
    }

    private static void postReceives(Side side, End end, int srq) {
        for (int i = 0; i < RECEIVES; i++) {
            int offset = i * MESSAGE_BYTES;
            int qp = srq == 0 ? end.qp().handle() : 0;
            long id = Drain.wrId(qp, end.region().handle(), offset, MESSAGE_BYTES);
            Recv recv = Recv.into(id, end.region().part(offset, MESSAGE_BYTES));
            assertThat(srq == 0 ? side.postRecv(qp, recv) : side.postSrqRecv(srq, recv))
                    .isZero();
        }
    }

    private static void sendAll(End near) {
        int room = 32;
        for (int sequence = 0; sequence < MESSAGES; sequence++) {
            int offset = sequence % room * MESSAGE_BYTES;
            near.write(offset, ByteBuffer.allocate(4).putInt(sequence).array());
            boolean isLast = sequence % room == room - 1 || sequence == MESSAGES - 1;
            near.post(Send.send(sequence, near.region().part(offset, MESSAGE_BYTES))
                    .flags(isLast ? SendFlag.SIGNALED : 0));
            if (isLast) {
                near.awaitSend(WcStatus.SUCCESS);
            }
        }
    }

    @Test
    default void shouldCarryTrafficBothWaysAtOnce(VerbsFixture fx) throws Exception {
        Pair pair = fx.rcPair();
        Send farWrite =
                Send.write(1, pair.far().region().part(0, 512), pair.near().region(), 8192);
        Send nearWrite =
                Send.write(1, pair.near().region().part(0, 512), pair.far().region(), 8192);
        CompletableFuture<Integer> far = CompletableFuture.supplyAsync(
                () -> fx.far().repeat(pair.far().qp().handle(), farWrite, 2000, End.WAIT_MS), ConcurrencyCases::start);
        assertThat(fx.near().repeat(pair.near().qp().handle(), nearWrite, 2000, End.WAIT_MS))
                .isEqualTo(2000);
        assertThat(far.get(2 * End.WAIT_MS, TimeUnit.MILLISECONDS)).isEqualTo(2000);
    }
}
