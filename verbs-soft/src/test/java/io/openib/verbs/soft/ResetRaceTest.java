package io.openib.verbs.soft;

import io.openib.verbs.QpState;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wiring;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** RESET at the moment at which somebody else moves the queue pair to ERR: neither waits for the other. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResetRaceTest {
    private static final int ROUNDS = 3000;

    private final SplittableRandom random = seeded();

    private static SplittableRandom seeded() {
        long seed = Long.getLong("openib.testkit.seed", new SplittableRandom().nextLong());
        System.out.println("ResetRaceTest: -Dopenib.testkit.seed=" + seed);
        return new SplittableRandom(seed);
    }

    private void spin(int mostNs) {
        long endNs = System.nanoTime() + random.nextInt(mostNs);
        while (System.nanoTime() - endNs < 0) {
            Thread.onSpinWait();
        }
    }

    /** The device thread finds that nobody answers, while the owner resets. */
    @Test
    void shouldResetWhileTheDeviceThreadGivesUp() {
        try (LocalSide side = new LocalSide(new SoftEthernet())) {
            End end = End.open(side, QpRequest.rc(), 0);
            for (int round = 0; round < ROUNDS; round++) {
                // 1 is 8 us, without a retry.
                end.connect(Wiring.to(side.address(), 0xabcdef, 1, 2).retries(1, 0));
                end.post(Send.send(round, end.region().part(0, 8)));
                spin(100_000);
                end.to(QpState.RESET);
                end.assertNothingCompleted();
            }
        }
    }

    /** A sender of the same process fails at the target in the midst of an operation, while the target's owner resets. */
    @Test
    void shouldResetWhileASenderMakesItFail() throws Exception {
        ExecutorService posting = Executors.newSingleThreadExecutor();
        try (LocalSide side = new LocalSide(new SoftEthernet())) {
            End near = End.open(side, QpRequest.rc(), 0);
            End far = End.open(side, QpRequest.rc(), 0);
            for (int round = 0; round < ROUNDS; round++) {
                far.connect(far.towards(near));
                near.connect(near.towards(far).retries(1, 0));
                far.postRecv(0, 8);
                Send tooLong = Send.send(round, near.region().part(0, 64));
                Future<?> posted = posting.submit(() -> near.post(tooLong));
                spin(30_000);
                far.to(QpState.RESET);
                posted.get(End.WAIT_MS, TimeUnit.MILLISECONDS);
                near.to(QpState.RESET);
                far.assertNothingCompleted();
            }
        } finally {
            posting.shutdownNow();
        }
    }

    /** The device thread meets the failure of the whole device, while the owner resets. */
    @Test
    void shouldResetWhileTheDeviceFails() {
        for (int round = 0; round < 60; round++) {
            Map<String, String> faults = Map.of("soft_fault_fatal_after", "2");
            try (LocalSide side = new LocalSide(() -> SoftDevices.open(faults))) {
                End end = End.open(side, QpRequest.rc(), 0);
                end.connect(Wiring.to(side.address(), 0xabcdef, 1, 2).retries(14, 7));
                end.post(Send.send(round, end.region().part(0, 8)));
                spin(3_000_000);
                end.to(QpState.RESET);
                end.assertNothingCompleted();
            }
        }
    }
}
