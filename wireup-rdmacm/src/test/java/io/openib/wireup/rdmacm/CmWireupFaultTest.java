package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.soft.cm.CmFaults;
import io.openib.verbs.soft.cm.CmMessageKind;
import io.openib.wireup.Connection;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CmWireupFaultTest {
    /** Faults by chance, counted; under the manager's lock. */
    private static final class ChanceFaults implements CmFaults {
        private final Random random;
        final AtomicInteger faults = new AtomicInteger();

        ChanceFaults(long seed) {
            random = new Random(seed);
        }

        @Override
        public Fate fateOf(CmMessageKind kind) {
            int dice = random.nextInt(10);
            if (dice < 6) {
                return Fate.DELIVERED;
            }
            faults.incrementAndGet();
            return dice < 8 ? Fate.LOST : new Fate(false, dice == 8 ? 0 : 1 + random.nextInt(60), dice == 8);
        }

        @Override
        public boolean rejectsRequest() {
            boolean isRejected = random.nextInt(8) == 0;
            faults.addAndGet(isRejected ? 1 : 0);
            return isRejected;
        }
    }

    static CmFaults loseAll(CmMessageKind lost) {
        return all(lost, CmFaults.Fate.LOST);
    }

    static CmFaults delayAll(CmMessageKind late, int delayMs) {
        return all(late, new CmFaults.Fate(false, delayMs, false));
    }

    private static CmFaults all(CmMessageKind some, CmFaults.Fate fate) {
        return CmHarness.faults(kind -> kind == some ? fate : CmFaults.Fate.DELIVERED);
    }

    private static CmFaults loseFirst(CmMessageKind lost, int count) {
        AtomicInteger left = new AtomicInteger(count);
        return CmHarness.faults(
                kind -> kind == lost && left.getAndDecrement() > 0 ? CmFaults.Fate.LOST : CmFaults.Fate.DELIVERED);
    }

    /** The peer may have taken the request, though nothing was heard of it. */
    @Test
    void shouldNotUseASetAgainWhoseRequestHadNoAnswer() throws InterruptedException {
        Options lossy = new Options();
        lossy.faults = loseFirst(CmMessageKind.REQ, 1 + CmHarness.CM.retries());
        try (CmHarness one = new CmHarness(1, lossy);
                CmHarness two = new CmHarness(2, new Options())) {
            one.connect(two);
            Connection connection = connected(one.outgoing);
            assertThat(one.made).as("one for each try").hasSize(2).endsWith(connection.queuePairs());
            assertThat(one.discarded).containsExactly(one.made.get(0));
        }
    }

    @Test
    void shouldAgreeWhateverIsLostDoubledDelayedOrRejected() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("CmWireupFaultTest seed " + seed);
        Options options = new Options();
        Options others = new Options();
        ChanceFaults faults = new ChanceFaults(seed);
        ChanceFaults otherFaults = new ChanceFaults(seed + 1);
        options.faults = faults;
        others.faults = otherFaults;
        options.retryCount = 50;
        others.retryCount = 50;
        Random random = new Random(seed + 2);
        try (CmHarness one = new CmHarness(1, options);
                CmHarness two = new CmHarness(2, others)) {
            for (int round = 0; round < 25; round++) {
                boolean isCrossing = random.nextBoolean();
                if (isCrossing) {
                    CmHarness.cross(one, two);
                } else {
                    one.connect(two);
                }
                Connection ones = connected(one.outgoing);
                Connection twos = connected(isCrossing ? two.outgoing : two.incoming);
                CmWireupTest.assertPaired(ones, twos);
                one.retire(ones);
                assertThat(two.awaitDisconnected()).isSameAs(twos);
            }
        }
        assertThat(faults.faults).hasPositiveValue();
        assertThat(otherFaults.faults).hasPositiveValue();
    }
}
