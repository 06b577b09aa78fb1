package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.PortState;
import io.openib.verbs.soft.cm.CmFaults.Fate;
import io.openib.wireup.Connection;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nothing goes out while the port is down. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FarewellsTest {
    private static final int MANY = 1_000;

    private final AtomicInteger sent = new AtomicInteger();
    private final CmHarness one = new CmHarness(1, counting());
    private final CmHarness two = new CmHarness(2, new Options());

    private Options counting() {
        Options options = new Options();
        options.faults = CmHarness.faults(kind -> {
            sent.incrementAndGet();
            return Fate.DELIVERED;
        });
        return options;
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** Returns when the port has been looked at so often that what does not wait for it had been said. */
    private int retireWhileThePortIsDown() throws InterruptedException {
        one.connect(two);
        Connection connection = connected(one.outgoing);
        connected(two.incoming);
        one.portState = PortState.DOWN;
        int before = sent.get();
        int looks = one.looks.get();
        one.retire(connection);
        while (one.looks.get() < looks + 3 && sent.get() == before) {
            Thread.onSpinWait();
        }
        assertThat(sent).hasValue(before);
        assertThat(two.disconnected).isEmpty();
        return before;
    }

    @Test
    void shouldDisconnectWhenThePortIsUpAgain() throws InterruptedException {
        int before = retireWhileThePortIsDown();
        one.portState = PortState.ACTIVE;
        two.awaitDisconnected();
        assertThat(sent).hasValueGreaterThan(before);
        one.connect(two);
        connected(one.outgoing);
    }

    @Test
    void shouldNotWaitWhenItCloses() throws InterruptedException {
        retireWhileThePortIsDown();
        one.module().close();
        two.awaitDisconnected();
        assertThat(one.portState).isEqualTo(PortState.DOWN);
    }

    /** The rest is not held up by it, and is said in order. */
    @Test
    void shouldGoOnAfterOneThatThrows() {
        Farewells farewells = new Farewells(one, new PortWatch(one));
        List<Integer> said = new CopyOnWriteArrayList<>();
        one.portState = PortState.INIT;
        one.control().execute(() -> {
            farewells.say(() -> {
                throw new IllegalStateException("an end that goes wrong");
            });
            for (int i = 0; i < MANY; i++) {
                int number = i;
                farewells.say(() -> said.add(number));
            }
            farewells.afterwards(() -> said.add(MANY));
            one.portState = PortState.ACTIVE;
        });
        while (said.size() <= MANY) {
            Thread.onSpinWait();
        }
        assertThat(said).isSorted().hasSize(MANY + 1);
    }

    /** A port that is down again in the midst of many. */
    @Test
    void shouldLookAtThePortAgainAndAgain() {
        Farewells farewells = new Farewells(one, new PortWatch(one));
        AtomicInteger count = new AtomicInteger();
        one.portState = PortState.DOWN;
        one.control().execute(() -> {
            for (int i = 0; i < MANY; i++) {
                farewells.say(() -> {
                    one.portState = PortState.DOWN;
                    count.incrementAndGet();
                });
            }
            one.portState = PortState.ACTIVE;
        });
        while (count.get() == 0) {
            Thread.onSpinWait();
        }
        int looks = one.looks.get();
        while (one.looks.get() < looks + 3) {
            Thread.onSpinWait();
        }
        assertThat(count).hasValueLessThan(MANY);
        one.portState = PortState.ACTIVE;
        one.control().execute(farewells::close);
        while (count.get() < MANY) {
            Thread.onSpinWait();
        }
    }

    /** What has to be closed is closed. */
    @Test
    void shouldNotWaitForADeviceThatIsGone() throws InterruptedException {
        one.connect(two);
        Connection connection = connected(one.outgoing);
        connected(two.incoming);
        one.isGone = true;
        one.retire(connection);
        two.awaitDisconnected();
    }
}
