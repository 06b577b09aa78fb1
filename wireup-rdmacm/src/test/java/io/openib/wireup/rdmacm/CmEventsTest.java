package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static io.openib.wireup.rdmacm.CmHarness.failed;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.wireup.Connection;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Every event of the connection manager, at each kind of id. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CmEventsTest {
    private static final Set<CmEventType> ENDS =
            EnumSet.of(CmEventType.DISCONNECTED, CmEventType.REJECTED, CmEventType.DEVICE_REMOVAL);
    private static final Set<CmEventType> REQUEST_ENDS = EnumSet.of(
            CmEventType.DISCONNECTED,
            CmEventType.REJECTED,
            CmEventType.DEVICE_REMOVAL,
            CmEventType.UNREACHABLE,
            CmEventType.CONNECT_ERROR);

    private final EventInjector events = new EventInjector();
    private final CmHarness told = new CmHarness(1, listening(events));
    private final CmHarness other = new CmHarness(2, new Options());

    private static Options listening(EventInjector injector) {
        Options options = new Options();
        options.injector = injector;
        return options;
    }

    @AfterEach
    void close() {
        told.close();
        other.close();
    }

    private void tell(CmEventType type, CmId id) {
        events.tell(type, id);
        while (!events.isTaken()) {
            Thread.onSpinWait();
        }
        // What the pump has taken it hands on before it takes the next one, which takes nothing from the listener.
        events.tell(CmEventType.TIMEWAIT_EXIT, events.listener());
        while (!events.isTaken()) {
            Thread.onSpinWait();
        }
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        told.control().schedule(0, () -> done.complete(true));
        done.join();
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"CONNECT_REQUEST", "DEVICE_REMOVAL"})
    void shouldGoOnListeningWhateverIsToldOfTheListener(CmEventType type) throws InterruptedException {
        tell(type, events.listener());
        other.connect(told);
        CmWireupTest.assertPaired(connected(other.outgoing), connected(told.incoming));
    }

    @Test
    void shouldEndListeningWithTheReasonWhenTheDeviceIsRemoved() throws InterruptedException {
        String log = logOf(() -> tell(CmEventType.DEVICE_REMOVAL, events.listener()));
        assertThat(log).contains("soft0:1", "removed").containsOnlyOnce("\n");
        other.connect(told);
        assertThat(failed(other.outgoing).text()).contains("nobody listens there any more");
        told.connect(other);
        WireupFailure failure = failed(told.outgoing);
        assertThat(failure.reason()).isEqualTo(Reason.DEVICE);
        assertThat(failure.text()).contains("DEVICE_REMOVAL");
    }

    @Test
    void shouldTellThatTheAddressMayBelongToAnotherDevice() {
        assertThat(logOf(() -> tell(CmEventType.ADDR_CHANGE, events.listener())))
                .contains("soft0:1", "ADDR_CHANGE")
                .containsOnlyOnce("\n");
    }

    private static String logOf(Runnable work) {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "CONNECT_REQUEST")
    void shouldKeepAConnectionUnlessItIsToldThatItHasEnded(CmEventType type) throws InterruptedException {
        told.connect(other);
        Connection here = connected(told.outgoing);
        connected(other.incoming);
        tell(type, events.active());
        if (ENDS.contains(type)) {
            assertThat(told.awaitDisconnected()).isSameAs(here);
        } else {
            assertThat(told.disconnected).isEmpty();
            assertThat(told.discarded).isEmpty();
        }
    }

    /** Sooner than by the deadline of 10 s, after which a probe would decide. */
    @Timeout(value = 9, unit = TimeUnit.SECONDS)
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "CONNECT_REQUEST")
    void shouldKeepARequestUnlessItIsToldThatItHasEnded(CmEventType type) throws InterruptedException {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        told.gate = gate;
        other.connect(told);
        while (told.asked.isEmpty()) {
            Thread.onSpinWait();
        }
        tell(type, events.passive());
        if (REQUEST_ENDS.contains(type)) {
            assertThat(failed(told.incoming).text()).contains(type.toString());
        } else {
            gate.complete(null);
            CmWireupTest.assertPaired(connected(other.outgoing), connected(told.incoming));
        }
    }
}
