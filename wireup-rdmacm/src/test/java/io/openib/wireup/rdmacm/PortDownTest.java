package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static io.openib.wireup.rdmacm.CmHarness.failed;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.PortState;
import io.openib.verbs.soft.cm.CmFaults.Fate;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Attempts that begin, or are under way, while this side's port is down. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PortDownTest {
    private static final int SHORT_MS = 3_000;
    private static final long LONG_MS = 25_000;

    private final StubbornIds ids = new StubbornIds();
    private final AtomicInteger sent = new AtomicInteger();
    private final CmHarness two = new CmHarness(2, new Options());
    /** The port goes down with the first message that its side sends. */
    private volatile boolean isToGoDown;

    private volatile CmHarness one = new CmHarness(1, withDeadline(LONG_MS));

    private Options withDeadline(long deadlineMs) {
        Options options = new Options();
        options.deadlineMs = deadlineMs;
        options.before = ids::of;
        options.faults = CmHarness.faults(kind -> {
            sent.incrementAndGet();
            if (isToGoDown) {
                one.portState = PortState.DOWN;
            }
            return one.portState == PortState.ACTIVE ? Fate.DELIVERED : Fate.LOST;
        });
        return options;
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    private void hurry() {
        one.close();
        until(ids.open::isEmpty);
        one = new CmHarness(1, withDeadline(SHORT_MS));
    }

    private static void until(BooleanSupplier isSo) {
        while (!isSo.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new AssertionError("the time is up");
            }
            Thread.onSpinWait();
        }
    }

    private void failBecauseOfThePort(Reason... reasons) throws InterruptedException {
        WireupFailure failure = failed(one.outgoing);
        assertThat(failure.reason()).as(failure.text()).isIn((Object[]) reasons);
        assertThat(failure.text()).containsOnlyOnce("port soft0:1 on here is DOWN");
        assertThat(one.discarded).containsExactlyElementsOf(one.made);
        assertThat(ids.open).as("the listener's").hasSize(1);
    }

    private void connectWhenThePortIsUp() throws InterruptedException {
        one.portState = PortState.ACTIVE;
        one.connect(two);
        connected(one.outgoing);
        connected(two.incoming);
        assertThat(one.outgoing).as("a second outcome").isEmpty();
    }

    @Test
    void shouldAskNobodyUntilThePortIsUp() throws InterruptedException {
        one.portState = PortState.DOWN;
        one.connect(two);
        until(() -> one.looks.get() >= 3);
        assertThat(one.made).isEmpty();
        assertThat(one.outgoing).isEmpty();
        assertThat(ids.open).as("the listener's").hasSize(1);
        assertThat(sent).hasValue(0);
        one.portState = PortState.ACTIVE;
        connected(one.outgoing);
        assertThat(one.made).hasSize(1);
    }

    /** The deadline is far off then: there may be another port. */
    @Test
    void shouldGiveUpAPortThatStaysDownAndNameIt() throws InterruptedException {
        hurry();
        one.portState = PortState.DOWN;
        one.connect(two);
        failBecauseOfThePort(Reason.UNREACHABLE);
        assertThat(sent).hasValue(0);
        connectWhenThePortIsUp();
    }

    @Test
    void shouldNameThePortThatGoesDownWhileAnAttemptIsUnderWay() throws InterruptedException {
        hurry();
        isToGoDown = true;
        one.connect(two);
        failBecauseOfThePort(Reason.TIMEOUT, Reason.UNREACHABLE); // as the request takes time to come to nothing
        assertThat(one.made).hasSize(1);
        isToGoDown = false;
        connectWhenThePortIsUp();
    }

    /** It lasts until the port is back, though what was out has come to nothing. */
    @Test
    void shouldGoOnWithAnAttemptThatLosesThePortAndGetsItBack() throws InterruptedException {
        isToGoDown = true;
        one.connect(two);
        until(() -> one.portState == PortState.DOWN);
        isToGoDown = false;
        until(() -> one.looks.get() >= 3);
        one.portState = PortState.ACTIVE;
        connected(one.outgoing);
    }

    /** Whoever is asked meanwhile is no reason to wait for the own request. */
    @Test
    void shouldTakeThePeersRequestThatComesFirst() throws InterruptedException {
        one.portState = PortState.DOWN;
        one.connect(two);
        until(() -> one.looks.get() >= 3);
        two.connect(one);
        until(() -> !one.asked.isEmpty());
        one.portState = PortState.ACTIVE;
        assertThat(connected(two.outgoing).peer()).isEqualTo(one.name());
        assertThat(connected(one.outgoing).peer()).isEqualTo(two.name());
    }
}
