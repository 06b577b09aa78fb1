package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.BtlException;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.PeerContact;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a port, or of a transport, that does not open: nothing. */
@Timeout(60)
class OpeningFailureTest {
    private static final String QUEUES = "P,128,8:S,256,8,6,4,4,2";

    private final LoopFabric soft = new LoopFabric("soft", VerbsProvider.SOFTWARE);
    private final LoopFabric hard = new LoopFabric("hard", VerbsProvider.HARDWARE);
    private final TestJob job = new TestJob(2);
    private int devicesBefore;

    @BeforeEach
    void countDevices() {
        devicesBefore = LoopFabric.openDevices();
    }

    /** Two completion queues, the shared receive queue, its receives. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void shouldHoldAndPollNothingOfAPortThatRefusesAnything(int refused) {
        hard.objects().refuse(refused);
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(here(new LoopWireup()), there()))) {
            assertThat(hard.objects().asked()).isEqualTo(refused);
            assertThat(hard.objects().open()).isZero();
            connect(ranks);
        }
    }

    @Test
    void shouldHoldAndPollNothingOfAPortThatTheWireupRefuses() {
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(here(new Choosy()), there()))) {
            assertThat(hard.objects().asked()).isPositive();
            assertThat(hard.objects().open()).isZero();
            connect(ranks);
        }
    }

    private Rank here(WireupComponent wireup) {
        return Rank.of("btl_openib_receive_queues", QUEUES).on(soft, hard).with(wireup);
    }

    private static Rank there() {
        return Rank.of("btl_openib_receive_queues", QUEUES).on(new LoopFabric("soft", VerbsProvider.SOFTWARE));
    }

    private static void connect(Ranks ranks) {
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
    }

    private void open(WireupComponent wireup, VerbsProvider... providers) {
        McaParameters parameters =
                Ranks.parameters(Map.of("btl_openib_receive_queues", QUEUES, "btl_openib_fence_timeout", "20"));
        OpenibComponent.open(job.rank(0), parameters, List.of(providers), List.of(wireup))
                .close();
    }

    private void assertNothingLeft() {
        assertThat(soft.objects().open()).isZero();
        assertThat(hard.objects().open()).isZero();
        assertThat(LoopFabric.openDevices()).isEqualTo(devicesBefore);
        assertThat(job.left()).isEqualTo(1);
    }

    /** Its fence throws what no runtime should. */
    @Test
    void shouldLeaveNothingWhenOtherRanksDoNotCome() {
        assertThatThrownBy(() -> open(new LoopWireup(), hard, soft)).isInstanceOf(IllegalStateException.class);
        assertThat(hard.objects().asked()).isPositive();
        assertNothingLeft();
    }

    @Test
    void shouldUndoTheRestThoughAWireupCannotBeClosed() {
        Unclosable unclosable = new Unclosable();
        assertThatThrownBy(() -> open(unclosable, hard)).isInstanceOf(IllegalStateException.class);
        assertThat(unclosable.closings).isEqualTo(1);
        assertThat(hard.objects().asked()).isPositive();
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"availability", "names", "open"})
    void shouldGoOnWithoutAProviderThatThrowsWhatNoneShould(String where) {
        Rank here = Rank.of("btl_openib_receive_queues", QUEUES)
                .on(soft, new Thrower(where))
                .with(new LoopWireup());
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(here, there()))) {
            connect(ranks);
        }
    }

    @Test
    void shouldSayWhatAProviderThrewWhereThereIsNoOther() {
        assertThatThrownBy(() -> open(new LoopWireup(), new Thrower("open")))
                .isInstanceOf(BtlException.class)
                .hasMessageContaining("thrower0: java.lang.IllegalStateException: no device throws this");
        assertNothingLeft();
    }

    @Test
    void shouldRehearseWithoutAProviderThatThrowsWhenItIsAskedWhetherItMay() {
        Rehearsal rehearsal = new Rehearsal(
                List.of(), Ranks.parameters(Map.of()), List.of(new Thrower("rehearsal")), List.of(new LoopWireup()));
        assertThatCode(rehearsal::run).doesNotThrowAnyException();
    }

    @Test
    void shouldCloseDevicesThoughTheNextProviderThrowsWhatNothingContains() {
        assertThatThrownBy(() -> open(new LoopWireup(), hard, new Thrower("all")))
                .isInstanceOf(AssertionError.class);
        assertNothingLeft();
    }

    private void assertLeft(Class<? extends RuntimeException> type, ThrowingCallable opening) {
        assertThatThrownBy(opening).isInstanceOf(type);
        assertNothingLeft();
    }

    @Test
    void shouldLeaveTheJobWhenParametersDoNotFitTogether() {
        McaParameters parameters = Ranks.parameters(Map.of(
                "btl_openib_receive_queues", "P,128,8",
                "btl_openib_max_send_size", "256"));
        assertLeft(
                BtlException.class,
                () -> OpenibComponent.open(job.rank(0), parameters, List.of(hard), List.of(new LoopWireup())));
    }

    @Test
    void shouldLeaveTheJobWhenNothingCanBeRehearsed() {
        McaParameters parameters = Ranks.parameters(Map.of("btl_openib_cpc", "nonsense"));
        assertLeft(McaException.class, () -> new OpenibComponent().openIn(job.rank(0), parameters));
    }

    /** The usual wireup, with a whim. */
    private abstract static class Odd implements WireupComponent {
        private final LoopWireup usual = new LoopWireup();

        @Override
        public String name() {
            return usual.name();
        }

        @Override
        public int spiVersion() {
            return SPI_VERSION;
        }

        @Override
        public List<Parameter<?>> parameters() {
            return List.of();
        }

        WireupModule openUsual(WireupPort port, McaParameters parameters, IncomingConnections incoming) {
            return usual.open(port, parameters, incoming);
        }
    }

    /** Takes no hardware. */
    private static final class Choosy extends Odd {
        @Override
        public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming)
                throws WireupRefusedException {
            if (port.provider().exclusivity() == VerbsProvider.HARDWARE) {
                throw new WireupRefusedException("told so");
            }
            return openUsual(port, parameters, incoming);
        }
    }

    private static final class Unclosable extends Odd {
        private int closings;

        @Override
        public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming) {
            WireupModule module = openUsual(port, parameters, incoming);
            return new WireupModule() {
                @Override
                public int priority() {
                    return module.priority();
                }

                @Override
                public byte[] contact() {
                    return module.contact();
                }

                @Override
                public PendingConnection connect(PeerContact peer, OutgoingConnection outgoing) {
                    return module.connect(peer, outgoing);
                }

                @Override
                public void close() {
                    closings++;
                    module.close();
                    throw new IllegalStateException("does not close");
                }
            };
        }
    }

    private static final class Thrower implements VerbsProvider {
        private final String where;

        Thrower(String where) {
            this.where = where;
        }

        @Override
        public String name() {
            return "thrower";
        }

        @Override
        public int spiVersion() {
            return SPI_VERSION;
        }

        @Override
        public int exclusivity() {
            return SOFTWARE;
        }

        @Override
        public boolean isRehearsable() {
            if (where.equals("rehearsal")) {
                throw new NoClassDefFoundError("acme/Gone");
            }
            return false;
        }

        @Override
        public Availability availability() {
            if (where.equals("availability")) {
                throw new NoClassDefFoundError("acme/Gone");
            }
            return Availability.usable();
        }

        @Override
        public List<String> deviceNames() {
            if (where.equals("names")) {
                throw new IllegalStateException("no provider throws this");
            }
            return List.of("thrower0");
        }

        @Override
        public Device open(String deviceName) {
            if (where.equals("all")) {
                throw new AssertionError("nobody throws this");
            }
            throw new IllegalStateException("no device throws this");
        }
    }
}
