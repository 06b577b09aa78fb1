package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.mca.McaParameters;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.Launchers;
import io.openib.runtime.Pmi1Server;
import io.openib.runtime.Pmi1ServerOptions;
import io.openib.runtime.RankStage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A transport that closes while the launcher is asked what peers have published. */
@Timeout(60)
class ClosingWhileAskingTest {
    private int heard;

    /** What it has not asked by then. */
    @Test
    void shouldAskNoMoreOfTheLauncherOnceItIsClosed() throws InterruptedException {
        try (Ranks ranks = new Ranks(4, "btl_openib_close_timeout", "50")) {
            Btl btl = ranks.rank(0);
            ranks.job.silenceLauncher();
            for (int peer = 1; peer < 4; peer++) {
                assertThat(btl.connect(peer)).isEqualTo(BtlStatus.OK);
            }
            ranks.until(() -> ranks.job.questions() == 1);
            Thread asking = thread("openib-modex-0");
            ranks.forget(btl);
            btl.close();
            ranks.job.answer();
            asking.join();
            assertThat(ranks.job.questions()).isEqualTo(1);
        }
    }

    /** Whatever is being asked when it closes, the launcher is told that it leaves: to others it would count as dead. */
    @RepeatedTest(4)
    void shouldLeaveTheJobThoughItNeverAskedForThoseItHeardOf() throws InterruptedException {
        int size = 24;
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(size))) {
            CountDownLatch isClosed = new CountDownLatch(1);
            List<Thread> senders = new ArrayList<>();
            for (int rank = 1; rank < size; rank++) {
                int number = rank;
                Thread sender = new Thread(() -> sendOne(server, number, isClosed));
                senders.add(sender);
                sender.start();
            }
            try (Btl btl = open(server, 0)) {
                btl.registerReceive(1, (peer, tag, data, offset, length) -> heard++);
                while (heard < size - 1) {
                    btl.progress();
                }
            }
            RankStage stage = server.stage(0);
            isClosed.countDown();
            for (Thread sender : senders) {
                sender.join();
            }
            assertThat(stage).isEqualTo(RankStage.FINALIZED);
        }
    }

    private void sendOne(Pmi1Server server, int rank, CountDownLatch isClosed) {
        try (Btl btl = open(server, rank)) {
            btl.onError(error -> {});
            btl.send(0, 1, ByteBuffer.allocate(4).putInt(0, rank));
            while (isClosed.getCount() > 0) {
                btl.progress();
                Thread.yield();
            }
        }
    }

    private static Btl open(Pmi1Server server, int rank) {
        McaParameters parameters = Ranks.parameters(Map.of());
        JobRuntime runtime = Launchers.open(server.environment(rank), parameters);
        return OpenibComponent.open(runtime, parameters, List.of(new LoopFabric()), List.of(new LoopWireup()));
    }

    private static Thread thread(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
