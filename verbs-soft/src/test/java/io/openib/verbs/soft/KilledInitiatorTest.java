package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Producers die of SIGKILL at each of the device's fault points, while another one goes on. Each kill is of a process of its
 * own, which stands at its point and has said so when the signal comes. {@code -Dopenib.soft.kills=N} says how many.
 */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class KilledInitiatorTest {
    private static final int KILLS = Integer.getInteger("openib.soft.kills", 40);
    private static final int AT_ONCE = 2;
    private static final List<String> POINTS = FaultPoint.parameterNames();
    private static final int ROUNDS = 40;
    private static final int PASSAGES = 7;
    private static final int BUFFER = 4096;

    @Test
    void shouldHarmNobodyWhereverItIsKilled() throws Exception {
        try (SharedTarget target = new SharedTarget(new SoftEthernet());
                Survivor survivor = new Survivor(target)) {
            ExecutorService killers = Executors.newFixedThreadPool(AT_ONCE);
            try {
                List<Future<?>> kills = new ArrayList<>();
                for (int kill = 0; kill < KILLS; kill++) {
                    int number = kill;
                    kills.add(killers.submit(() -> killOne(target, number)));
                }
                for (Future<?> kill : kills) {
                    long before = target.fromSurvivor();
                    kill.get(2 * End.WAIT_MS, TimeUnit.MILLISECONDS);
                    survivor.awaitMore(before);
                }
            } finally {
                killers.shutdownNow();
            }
            target.forgetUsedSlots();
            survivor.awaitEverySlotUsed();
            assertThat(target.complaints()).isEmpty();
        }
    }

    private static void killOne(SharedTarget target, int number) {
        String point = POINTS.get(number % POINTS.size());
        DyingProducer dying = new DyingProducer(point + ":" + (1 + number % PASSAGES));
        try (PeerProcess process = PeerProcess.start(dying, ProcessBuilder.Redirect.PIPE);
                Executioner executioner = new Executioner(process, point)) {
            End producer = End.open(process.side(), QpRequest.rc(), 0);
            QpRef served = target.serve(process.side().address(), producer.number());
            Region victim = target.side().allocate(BUFFER, Wiring.ALL_ACCESS);
            producer.connect(Wiring.to(target.side().address(), served.number(), 0, 0));
            Throwable death = catchThrowable(() -> work(producer, victim, number + 1));
            executioner.assertDone(death);
            target.side().close(served.handle());
            target.side().close(victim.handle());
        }
    }

    /** Every kind of operation, until the process dies under it. */
    private static void work(End producer, Region victim, int number) {
        Region own = producer.region();
        for (int round = 0; round < ROUNDS; round++) {
            long message = (long) number << 32 | round;
            producer.write(0, ByteBuffer.allocate(8).putLong(message).array());
            producer.post(Send.send(1, own.part(0, 8)));
            producer.post(Send.write(2, own.part(0, BUFFER), victim, 0));
            producer.post(Send.read(3, own.part(8192, BUFFER), victim, 0));
            producer.post(Send.fetchAndAdd(4, own.part(16_384, 8), victim, 8, 1));
            producer.post(Send.compareAndSwap(5, own.part(16_384, 8), victim, 16, 0, 1));
            assertThat(producer.awaitSends(5)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        }
    }
}
