package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.PeerError;
import io.openib.btl.PeerError.Cause;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.verbs.VerbsProvider;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What rank 0 is told of rank 1, for each thing that may happen. */
@Timeout(60)
class PeerErrorCauseTest {
    private final LoopFabric device = new LoopFabric();
    private final LoopWireup wireup = new LoopWireup();
    private final TestJob job = new TestJob(2);
    private final List<PeerError> errors = new ArrayList<>();
    private final ByteBuffer data = ByteBuffer.allocate(8);

    private Ranks ranks(VerbsProvider far) {
        Ranks ranks = new Ranks(
                job,
                List.of(Rank.of().on(device).with(wireup), Rank.of().on(far).with(new LoopWireup())));
        ranks.rank(0).onError(errors::add);
        ranks.rank(1).onError(error -> {});
        return ranks;
    }

    private static void connect(Ranks ranks) {
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
    }

    private void send(Ranks ranks) {
        ranks.rank(0).send(1, 1, data, 0, 8, (cookie, status) -> {}, 0);
    }

    private void happen(Cause cause, Ranks ranks) {
        switch (cause) {
            case DIED -> job.die(1);
            case LAUNCHER_LOST -> job.loseLauncher();
            case LAUNCHER_SILENT -> {
                job.silenceLauncher();
                send(ranks);
                job.giveUp();
            }
            case UNREACHABLE -> {
                wireup.fail(true);
                send(ranks);
            }
            case INCOMPATIBLE -> {
                job.publish(1, new byte[] {1, 2, 3});
                send(ranks);
            }
            case CONNECTION_LOST -> {
                connect(ranks);
                LoopFabric.breakAll();
                send(ranks);
            }
            case RECONNECTED -> {
                connect(ranks);
                connectAnewFromThere(ranks);
            }
            case DEVICE_LOST -> {
                connect(ranks);
                device.breakIt();
            }
            case NO_MEMORY -> {
                connect(ranks);
                device.objects().refuseMemoryBeyond(0);
                ranks.rank(0).send(1, 1, ByteBuffer.allocate(60_000), 0, 60_000, (cookie, status) -> {}, 0);
            }
        }
    }

    /** Rank 0 computes meanwhile. */
    private void connectAnewFromThere(Ranks ranks) {
        Btl there = ranks.rank(1);
        LoopWireup.disconnect(job.id(), 1, 0);
        while (there.isConnected(0)) {
            there.progress();
        }
        while (!there.isConnected(0)) {
            there.connect(0);
            there.progress();
        }
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void shouldTellTheCauseOnceWithTheSentence(Cause cause) {
        try (Ranks ranks = ranks(new LoopFabric())) {
            happen(cause, ranks);
            ranks.until(() -> !errors.isEmpty());
            job.recover();
            assertThat(errors).singleElement().satisfies(error -> {
                assertThat(error.cause()).isEqualTo(cause);
                assertThat(error.peer()).isEqualTo(1);
                assertThat(error.reason()).contains("rank 1");
            });
        }
    }

    @Test
    void shouldTellThatPeersWithoutAKindOfDeviceInCommonAreIncompatible() {
        try (Ranks ranks = ranks(new LoopFabric("soft", VerbsProvider.SOFTWARE))) {
            send(ranks);
            ranks.until(() -> !errors.isEmpty());
            assertThat(errors).extracting(PeerError::cause).containsExactly(Cause.INCOMPATIBLE);
            assertThat(errors.get(0).isFinal()).isTrue();
        }
    }
}
