package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlStatus;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.verbs.AddressVector.GlobalRoute;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The GID table and the P_Key table of a port change between two connections. */
@Timeout(60)
class PortTablesTest {
    private final List<LoopFabric> fabrics =
            List.of(new LoopFabric("hard", VerbsProvider.HARDWARE), new LoopFabric("hard", VerbsProvider.HARDWARE));

    private Ranks connected(String... parameters) {
        Ranks ranks = new Ranks(
                new TestJob(2), fabrics.stream().map(Rank.of(parameters)::on).toList());
        connect(ranks);
        return ranks;
    }

    private static void connect(Ranks ranks) {
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
    }

    /** Both ports change, and both ranks connect by new queue pairs. What is reported is seen to before queue pairs are made. */
    private void reconnect(Ranks ranks, AsyncEventType type, int port, Consumer<LoopFabric> change) {
        for (LoopFabric fabric : fabrics) {
            change.accept(fabric);
            fabric.report("hard0", type, port);
            ranks.until(fabric::isHeard);
        }
        assertThat(ranks.rank(0).disconnect(1)).isEqualTo(BtlStatus.OK);
        assertThat(ranks.rank(0).isConnected(1)).isFalse();
        connect(ranks);
    }

    private static int gidRow() {
        GlobalRoute route = LoopFabric.lastMove(QpState.RTR).addressVector().grh();
        return Objects.requireNonNull(route).sgidIndex();
    }

    private static int pkeyRow() {
        return LoopFabric.lastMove(QpState.INIT).pkeyIndex();
    }

    private static long[] gids(String rows) {
        return Arrays.stream(rows.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    }

    private static int[] pkeys(String rows) {
        return Arrays.stream(rows.split(" ", -1))
                .mapToInt(key -> Integer.parseInt(key, 16))
                .toArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1 2;    0; 0 2 1;   2", // it has moved
                "1 2;    0; 2 1;     1", // another one is where it was
                "-1 1 2; 1; 0 -1 2 1; 3", // RoCE v1 of the same address reaches nobody who uses v2
                "1 2;    0; 0 2;     1", // it is gone
                "1 2;    0; 0 -1 2;  2", // it is gone but for RoCE v1
                "1 2;    0; 0 0;     0", // all are gone
                "1 2;    0; 1 2;     0", // nothing has changed
                "0 1 2;  1; 1 1 2;   1", // it is in one row more
            })
    void shouldFindTheRowOfTheGidThatPeersWereTold(String before, int first, String after, int second) {
        fabrics.forEach(fabric -> fabric.withGids(gids(before)));
        try (Ranks ranks = connected()) {
            assertThat(gidRow()).isEqualTo(first);
            reconnect(ranks, AsyncEventType.GID_CHANGE, 1, fabric -> fabric.withGids(gids(after)));
            assertThat(gidRow()).isEqualTo(second);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "2 1;   0", // the number named a GID
                "1 3;   1", // it is gone, and nobody knows better than the user
                "1 2;   1",
            })
    void shouldKeepTheRowOfTheUserWhereItsGidIsGone(String after, int row) {
        try (Ranks ranks = connected("btl_openib_gid_index", "1")) {
            assertThat(gidRow()).isEqualTo(1);
            reconnect(ranks, AsyncEventType.GID_CHANGE, 1, fabric -> fabric.withGids(gids(after)));
            assertThat(gidRow()).isEqualTo(row);
        }
    }

    @Test
    void shouldReturnToTheGidThatPeersWereTold() {
        try (Ranks ranks = connected()) {
            reconnect(ranks, AsyncEventType.GID_CHANGE, 1, fabric -> fabric.withGids(0, 2));
            assertThat(gidRow()).isEqualTo(1);
            reconnect(ranks, AsyncEventType.GID_CHANGE, 1, fabric -> fabric.withGids(0, 2, 1));
            assertThat(gidRow()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "5; ffff 8005; 1; 8005 ffff;      0",
                "5; ffff 0005 0000; 1; 0005 ffff 8005; 2", // a full member now
                "5; ffff 8005; 1; ffff 0000;      1", // no such partition any more
                "5; ffff 8005; 1; ffff 8005;      1",
                "0; 7fff ffff; 1; ffff 7fff;      0",
                "0; 7fff 8001; 1; 7fff 0001;      0", // none in full any more: the first
                "0; 0000 7fff 0000; 1; 0000 7fff 8001; 2", // the only one in full, of whatever partition
            })
    void shouldFindTheRowOfThePartition(String wanted, String before, int first, String after, int second) {
        fabrics.forEach(fabric -> fabric.withPkeys(pkeys(before)));
        try (Ranks ranks = connected("btl_openib_pkey", wanted)) {
            assertThat(pkeyRow()).isEqualTo(first);
            reconnect(ranks, AsyncEventType.PKEY_CHANGE, 1, fabric -> fabric.withPkeys(pkeys(after)));
            assertThat(pkeyRow()).isEqualTo(second);
            assertThat(gidRow()).as("of the other table").isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"GID_CHANGE", "PKEY_CHANGE"})
    void shouldKeepTheRowsWhereTheTablesCannotBeRead(AsyncEventType type) {
        try (Ranks ranks = connected("btl_openib_pkey", "5")) {
            reconnect(ranks, type, 1, fabric -> {
                fabric.withGids(2, 1).withPkeys(0x8005, 0xffff);
                fabric.hideTables(true);
            });
            assertThat(gidRow()).isZero();
            assertThat(pkeyRow()).isEqualTo(1);
        }
    }

    @Test
    void shouldLeaveAPortAloneWhenAnotherOneChanges() {
        try (Ranks ranks = connected()) {
            reconnect(ranks, AsyncEventType.GID_CHANGE, 2, fabric -> fabric.withGids(2, 1));
            assertThat(gidRow()).isZero();
        }
    }
}
