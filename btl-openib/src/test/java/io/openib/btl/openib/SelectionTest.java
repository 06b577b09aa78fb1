package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.wireup.WireupComponent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which wireup connects two ranks, by what each of them was told. */
@Timeout(60)
class SelectionTest {
    private static final String CPC = "btl_openib_cpc";

    private final List<WireupEvent> events = new ArrayList<>();
    private final List<PeerError> errors = new ArrayList<>();

    private static Rank rank(String cpc) {
        return Rank.of(CPC, cpc).with(new LoopWireup("ant", false), new LoopWireup("bee", false));
    }

    private WireupEvent connect(Rank here, Rank there) {
        events.clear();
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(here, there))) {
            Btl btl = ranks.rank(0);
            btl.onWireup(events::add);
            ranks.rank(1).onWireup(events::add);
            btl.connect(1);
            ranks.until(() -> btl.isConnected(1) && ranks.rank(1).isConnected(0));
            assertThat(events)
                    .extracting(WireupEvent::wireup)
                    .containsOnly(events.get(0).wireup());
            return events.stream()
                    .filter(event -> event.peer() == 1)
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void shouldTakeTheFirstOfAList() {
        assertThat(connect(rank("bee,ant"), rank("bee,ant")).wireup()).isEqualTo("bee");
        assertThat(connect(rank("ant,bee"), rank("ant,bee")).wireup()).isEqualTo("ant");
    }

    @Test
    void shouldAgreeWhenTheListsDiffer() {
        WireupEvent event = connect(rank("bee,ant"), rank("ant,bee"));
        assertThat(event.tried()).hasSize(1);
        assertThat(event.reason()).contains("the best wireup that both have");
    }

    @Test
    void shouldTakeWhatBothHave() {
        WireupEvent event = connect(rank("^bee"), rank("bee,ant"));
        assertThat(event.wireup()).isEqualTo("ant");
        assertThat(event.reason()).contains("the only wireup of btl_openib_cpc that both have");
    }

    @Test
    void shouldGoOnToTheNextOfTheListAndKeepTheTrail() {
        WireupComponent[] wireups = {new LoopWireup("ant", false), new LoopWireup("bee", true)};
        Rank lame = Rank.of(CPC, "bee,ant").with(wireups);
        WireupEvent event = connect(lame, lame);
        assertThat(event.wireup()).isEqualTo("ant");
        assertThat(event.tried()).containsExactly("bee: rank 1 does not answer", "ant: connected");
        assertThat(event.reason()).contains("the best wireup that both have and that connects");
    }

    @Test
    void shouldPrintWhatEachHasWhenNothingIsInCommon() {
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(rank("ant"), rank("bee")))) {
            Btl btl = ranks.rank(0);
            btl.onWireup(events::add);
            btl.onError(errors::add);
            assertThat(btl.send(1, 1, ByteBuffer.allocate(8), 0, 8, null, 0)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> !errors.isEmpty());
            assertThat(errors.get(0).reason())
                    .contains("no wireup in common: [ant] here, [bee] there")
                    .contains("give all ranks the same btl_openib_cpc");
            assertThat(events).hasSize(1);
            assertThat(events.get(0).isConnected()).isFalse();
        }
    }

    @Test
    void shouldSayWhichWireupsThereAreWhenNoneIsLeft() {
        assertThatThrownBy(() -> new Ranks(new TestJob(1), List.of(rank("^ant,bee"))))
                .hasRootCauseInstanceOf(BtlException.class)
                .rootCause()
                .hasMessageContaining("btl_openib_cpc = ^ant,bee")
                .hasMessageContaining("leaves none of ant, bee");
    }
}
