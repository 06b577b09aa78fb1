package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.failed;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A wireup is closed whose ids cannot be: each attempt ends all the same, and so does the channel. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClosingTest {
    private static final int PEERS = 4;

    private final StubbornIds ids = new StubbornIds();
    private final List<CmHarness> others = new ArrayList<>();
    private final CmHarness one = new CmHarness(1, stubborn());

    private Options stubborn() {
        Options options = new Options();
        options.before = ids::of;
        return options;
    }

    @AfterEach
    void close() {
        ids.isStubborn = false;
        one.close();
        others.forEach(CmHarness::close);
    }

    /** A peer whose transport does not answer. */
    private CmHarness silent(int rank) {
        CmHarness other = new CmHarness(rank, new Options());
        other.gate = new CompletableFuture<>();
        others.add(other);
        return other;
    }

    @Test
    void shouldEndEveryAttemptAndTheChannel() throws InterruptedException {
        for (int rank = 2; rank < 2 + PEERS; rank++) {
            CmHarness other = silent(rank);
            one.connect(other);
            while (other.asked.isEmpty()) {
                Thread.onSpinWait();
            }
        }
        ids.isStubborn = true;
        one.module().close();
        for (int i = 0; i < PEERS; i++) {
            assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.CLOSED);
        }
        assertThat(one.discarded).hasSameElementsAs(one.made);
        assertThat(ids.refused).as("the listener and each attempt's").hasValue(1 + PEERS);
        assertThat(ids.isChannelClosed.await(CmHarness.WAIT_MS, TimeUnit.MILLISECONDS))
                .isTrue();
    }
}
