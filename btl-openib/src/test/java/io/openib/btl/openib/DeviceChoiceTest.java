package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.mca.McaException;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which device connects two ranks, when one is made at all, and what its queue pairs are told. */
@Timeout(60)
class DeviceChoiceTest {
    private final LoopFabric soft = new LoopFabric("soft", VerbsProvider.SOFTWARE);
    private final LoopFabric hard = new LoopFabric("hard", VerbsProvider.HARDWARE);
    private final List<WireupEvent> events = new ArrayList<>();

    private static LoopFabric hardware() {
        return new LoopFabric("hard", VerbsProvider.HARDWARE);
    }

    private static LoopFabric software() {
        return new LoopFabric("soft", VerbsProvider.SOFTWARE);
    }

    private static void connect(Ranks ranks, int from, int to) {
        ranks.rank(from).connect(to);
        ranks.until(() -> ranks.rank(from).isConnected(to) && ranks.rank(to).isConnected(from));
    }

    @Test
    void shouldLeaveTheSoftwareDeviceAloneWhereABetterOneReachesEverybody() {
        Rank here = Rank.of().on(soft, hard);
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(here, Rank.of().on(software(), hardware())))) {
            ranks.rank(0).onWireup(events::add);
            try (RegisteredMemory memory = ranks.rank(0).allocate(4096)) {
                assertThat(memory.handle().keyCount()).isEqualTo(1);
            }
            connect(ranks, 0, 1);
            assertThat(events).hasSize(1);
            assertThat(events.get(0).device()).isEqualTo("hard0:1");
            assertThat(events.get(0).reason()).startsWith("\"hard\" is the best kind of device that both have; ");
        }
        assertThat(hard.queuesMade()).isPositive();
        assertThat(soft.queuesMade()).isZero();
    }

    @Test
    void shouldFallBackWithAPeerThatLacksTheBetterDeviceAndStayOnItWithOthers() {
        List<Rank> all = List.of(
                Rank.of().on(soft, hard),
                Rank.of().on(software(), hardware()),
                Rank.of().on(software()));
        try (Ranks ranks = new Ranks(new TestJob(3), all)) {
            ranks.rank(0).onWireup(events::add);
            connect(ranks, 0, 1);
            assertThat(soft.queuesMade()).as("not needed yet").isZero();
            connect(ranks, 2, 0);
            connect(ranks, 2, 1);
            assertThat(soft.queuesMade()).as("made for the one who asked").isPositive();
            assertThat(events).extracting(WireupEvent::device).containsExactly("hard0:1", "soft0:1");
            assertThat(events.get(1).reason())
                    .contains("\"soft\" is the best kind of device that both have, rank 2 has no hard");
            assertThat(ranks.rank(2).peer(0).reason()).contains("rank 2 has no hard");
            int[] heard = new int[3];
            for (int rank = 0; rank < 3; rank++) {
                int number = rank;
                ranks.rank(rank).registerReceive(3, (peer, tag, data, offset, length) -> heard[number] |= 1 << peer);
            }
            for (int from = 0; from < 3; from++) {
                for (int to = 0; to < 3; to++) {
                    if (from != to) {
                        ranks.rank(from).send(to, 3, java.nio.ByteBuffer.allocateDirect(100));
                    }
                }
            }
            ranks.until(() -> heard[0] == 0b110 && heard[1] == 0b101 && heard[2] == 0b011);
        }
    }

    @Test
    void shouldGiveOutMemoryThatEveryPeerReaches() {
        List<Rank> all = List.of(Rank.of().on(soft, hard), Rank.of().on(software()));
        try (Ranks ranks = new Ranks(new TestJob(2), all);
                RegisteredMemory target = ranks.rank(0).allocate(4096);
                RegisteredMemory source = ranks.rank(1).allocate(4096)) {
            Btl writer = ranks.rank(1);
            source.buffer(0, 8).putLong(0, 4711);
            MemoryHandle handle = target.handle();
            boolean[] isDone = {false};
            writer.put(0, source, 0, handle, 16, 8, (cookie, status) -> isDone[0] = status == BtlStatus.OK, 0);
            ranks.until(() -> isDone[0]);
            assertThat(target.buffer(16, 8).getLong(0)).isEqualTo(4711);
        }
    }

    @Test
    void shouldGoOnWithoutADeviceOnWhichNothingCanBeMade() {
        Rank lame = Rank.of().on(software(), hardware().broken());
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(lame, Rank.of().on(soft, hard)))) {
            ranks.rank(0).onWireup(events::add);
            connect(ranks, 0, 1);
            assertThat(events.get(0).device()).isEqualTo("soft0:1");
            assertThat(ranks.rank(1).peer(0).reason()).contains("rank 0 has no hard");
        }
    }

    @Test
    void shouldNotUseAnEthernetPortWithoutAGid() {
        Rank lame = Rank.of().on(software(), hardware().withGids(0, 0));
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(lame, Rank.of().on(soft, hard)))) {
            ranks.rank(0).onWireup(events::add);
            connect(ranks, 0, 1);
            assertThat(events.get(0).device()).isEqualTo("soft0:1");
        }
        assertThatThrownBy(() -> new Ranks(
                        new TestJob(1), List.of(Rank.of().on(hardware().withGids(0)))))
                .rootCause()
                .hasMessageContaining("hard0:1: ")
                .hasMessageContaining("its GID table is empty");
    }

    /** Its port is down, nothing can be made on it, it has no GID: nobody would look at what it reports. */
    @Test
    void shouldCloseDevicesThatAreNotUsed() {
        int before = LoopFabric.openDevices();
        LoopFabric down = hardware();
        down.report("hard0", AsyncEventType.PORT_ERR, 1);
        LoopFabric broken = new LoopFabric("other", VerbsProvider.HARDWARE).broken();
        LoopFabric nameless = new LoopFabric("third", VerbsProvider.HARDWARE).withGids(0);
        Rank rank = Rank.of().on(down, broken, nameless, software());
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(rank, rank));
                RegisteredMemory memory = ranks.rank(0).allocate(64)) {
            assertThat(LoopFabric.openDevices()).isEqualTo(before + 2);
            assertThat(memory.handle().keyCount()).isEqualTo(1);
            assertThat(ranks.rank(0).maxMemoryBytes()).isPositive();
            connect(ranks, 0, 1);
        }
        assertThat(LoopFabric.openDevices()).isEqualTo(before);
    }

    @Test
    void shouldSayWhyNoDeviceCanBeUsed() {
        Rank lame = Rank.of().on(hardware().broken());
        assertThatThrownBy(() -> new Ranks(new TestJob(1), List.of(lame)))
                .rootCause()
                .hasMessageContaining("hard0:1: ")
                .hasMessageContaining("the device is dead");
    }

    @Test
    void shouldSayThatTheSelectionLeavesNoProvider() {
        Rank rank = Rank.of("verbs_provider", "^soft").on(software());
        assertThatThrownBy(() -> new Ranks(new TestJob(1), List.of(rank)))
                .rootCause()
                .hasMessageContaining("verbs_provider = ^soft")
                .hasMessageContaining("leaves no provider of devices");
    }

    @Test
    void shouldUseOnlyProvidersDevicesAndPortsThatAreSelected() {
        for (String[] told : new String[][] {
            {"verbs_provider", "soft"},
            {"verbs_provider", "^hard"},
            {"btl_openib_if_include", "soft0"},
            {"btl_openib_if_include", "soft0:1"},
            {"btl_openib_if_exclude", "hard0"},
            {"btl_openib_if_exclude", "hard0:1"}
        }) {
            Rank rank = Rank.of(told).on(software(), hardware());
            try (Ranks ranks = new Ranks(new TestJob(1), List.of(rank))) {
                assertThat(ranks.rank(0).peer(0).device())
                        .as(String.join(" ", told))
                        .isEqualTo("soft0:1");
            }
        }
    }

    @Test
    void shouldListTheDevicesWhenNoneOfThoseToUseIsThere() {
        Rank rank = Rank.of("btl_openib_if_include", "hard0:2,mlx5_0").on(software(), hardware());
        assertThatThrownBy(() -> new Ranks(new TestJob(1), List.of(rank)))
                .rootCause()
                .isInstanceOf(McaException.class)
                .hasMessageContaining("no device or port is called \"hard0:2\"")
                .hasMessageContaining("no device or port is called \"mlx5_0\"")
                .hasMessageContaining("there is hard0, hard0:1");
    }

    /** As where one file serves hosts of which each has some of the devices. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "if_include; mlx5_0,hard0,hrad0; hard0:1; mlx5_0 hrad0",
                "if_include; hard0:2,soft0:1; soft0:1; hard0:2",
                "if_exclude; mlx5_0,hrad0; hard0:1; mlx5_0 hrad0"
            })
    void shouldUseWhatIsThereAndWarnOnceAHostOfTheRest(String name, String value, String used, String absent) {
        String log = logOf(Rank.of("btl_openib_" + name, value).on(software(), hardware()), used);
        String[] names = absent.split(" ", -1);
        assertThat(log.lines().filter(line -> line.contains("no device or port is called")))
                .hasSize(names.length)
                .allMatch(line -> line.contains("WARN") && line.contains("Host "))
                .allMatch(line -> line.contains("btl_openib_" + name + ": "));
        assertThat(log.contains("; did you mean \"hard0\"?")).isEqualTo(absent.contains("hrad0"));
        for (String one : names) {
            assertThat(log).contains('"' + one + "\" (API); there is hard0");
        }
    }

    private static String logOf(Rank rank, String used) {
        return EventsTest.errorOutput(() -> {
            try (Ranks ranks = new Ranks(new TestJob(2), List.of(rank, rank))) {
                assertThat(ranks.rank(0).peer(0).device()).isEqualTo(used);
            }
        });
    }

    @Test
    void shouldNotWarnOfWhatIsAbsentWhereNobodyWantsToHear() {
        Rank rank = Rank.of("btl_openib_if_exclude", "mlx5_0", "btl_openib_warn_nonexistent_if", "0")
                .on(hardware());
        assertThat(logOf(rank, "hard0:1").lines().filter(line -> line.contains("mlx5_0")))
                .hasSize(1)
                .noneMatch(line -> line.contains("WARN"));
    }

    @Test
    void shouldSayWhatIsAbsentWhereNothingCanBeUsed() {
        Rank rank = Rank.of("btl_openib_if_exclude", "hard0,mlx5_0,soft0").on(software(), hardware());
        assertThatThrownBy(() -> new Ranks(new TestJob(1), List.of(rank)))
                .rootCause()
                .isInstanceOf(BtlException.class)
                .hasMessageContaining("hard0: left out by btl_openib_if_exclude")
                .hasMessageContaining("btl_openib_if_exclude: no device or port is called \"mlx5_0\"");
    }

    @Test
    void shouldTellQueuePairsWhatTheParametersSay() {
        Rank rank = Rank.of(
                "btl_openib_pkey", "5",
                "btl_openib_mtu", "2k",
                "btl_openib_gid_index", "1",
                "btl_openib_ib_timeout", "18",
                "btl_openib_ib_retry_count", "5",
                "btl_openib_ib_rnr_retry", "3",
                "btl_openib_ib_min_rnr_timer", "14",
                "btl_openib_ib_service_level", "4");
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(rank, rank))) {
            connect(ranks, 0, 1);
            assertThat(LoopFabric.lastMove(QpState.INIT).pkeyIndex()).isEqualTo(1);
            QpAttributes rtr = LoopFabric.lastMove(QpState.RTR);
            assertThat(rtr.pathMtu()).isEqualTo(Mtu.MTU_2048);
            assertThat(rtr.minRnrTimer()).isEqualTo(14);
            assertThat(rtr.addressVector().serviceLevel()).isEqualTo(4);
            assertThat(rtr.addressVector().grh()).extracting("sgidIndex").isEqualTo(1);
            QpAttributes rts = LoopFabric.lastMove(QpState.RTS);
            assertThat(rts.timeout()).isEqualTo(18);
            assertThat(rts.retryCount()).isEqualTo(5);
            assertThat(rts.rnrRetry()).as("of a shared queue").isEqualTo(3);
        }
    }

    @Test
    void shouldUseThePathMtuOfThePortWhereNoneIsAskedFor() {
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(Rank.of(), Rank.of()))) {
            connect(ranks, 0, 1);
            assertThat(LoopFabric.lastMove(QpState.RTR).pathMtu()).isEqualTo(Mtu.MTU_4096);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0; 7fff ffff; 1", // a limited member reaches no other one
                "0; 7fff 0000 8005; 2", // of another partition, as all hosts of a cluster may be
                "0; 7fff 0005 8006 8005; 2",
                "0; 7fff 0000 0005; 0",
                "0; 0000 7fff 8001 ffff; 3", // of the first after all, as others may be
                "0; 0000 7fff; 1",
                "5; ffff 0005 8005; 2",
                "5; ffff 0000 0005; 2",
            })
    void shouldBeAFullMemberOfAPartitionWhereItCan(String wanted, String table, int row) {
        LoopFabric fabric = new LoopFabric("hard", VerbsProvider.HARDWARE).withPkeys(keys(table));
        Rank rank = Rank.of("btl_openib_pkey", wanted).on(fabric);
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(rank, rank))) {
            connect(ranks, 0, 1);
            assertThat(LoopFabric.lastMove(QpState.INIT).pkeyIndex()).isEqualTo(row);
        }
    }

    @Test
    void shouldWarnOnceAHostOfALimitedMembership() {
        LoopFabric fabric = new LoopFabric("hard", VerbsProvider.HARDWARE).withPkeys(0x7fff);
        Rank rank = Rank.of().on(fabric);
        String log = EventsTest.errorOutput(() -> new Ranks(new TestJob(2), List.of(rank, rank)).close());
        assertThat(log.lines().filter(line -> line.contains("only a limited member of partition 0x7fff")))
                .hasSize(1)
                .allMatch(line -> line.contains("Host ") && line.contains("hard0:1"));
    }

    @Test
    void shouldWarnOfAPartitionThatIsNotTheFirst() {
        LoopFabric fabric = new LoopFabric("hard", VerbsProvider.HARDWARE).withPkeys(0x7fff, 0x8005);
        Rank rank = Rank.of().on(fabric);
        String log = EventsTest.errorOutput(() -> new Ranks(new TestJob(2), List.of(rank, rank)).close());
        assertThat(log.lines().filter(line -> line.contains("uses partition 0x8005")))
                .hasSize(1)
                .allMatch(line -> line.contains("hard0:1") && line.contains("set btl_openib_pkey to 0x8005"));
    }

    private static int[] keys(String table) {
        return Arrays.stream(table.split(" ", -1))
                .mapToInt(key -> Integer.parseInt(key, 16))
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({"0, is empty; see to the subnet manager", "0x8000, does not hold btl_openib_pkey"})
    void shouldTakeNoEmptyRowForAPartition(String wanted, String reason) {
        LoopFabric fabric = new LoopFabric("hard", VerbsProvider.HARDWARE).withPkeys(0, 0x8000);
        Rank rank = Rank.of("btl_openib_pkey", wanted).on(fabric);
        assertThatThrownBy(() -> new Ranks(new TestJob(1), List.of(rank)))
                .rootCause()
                .hasMessageContaining("hard0:1: its P_Key table " + reason);
    }

    @Test
    void shouldSayThatADeviceHasNoQueuesOfThatDepth() {
        Map<String, String> tooDeep = Map.of("P,128,2000000", "ibv_create_qp", "S,128,2000000", "ibv_create_srq");
        tooDeep.forEach((queues, call) -> assertThatThrownBy(
                        () -> new Ranks(new TestJob(1), List.of(Rank.of("btl_openib_receive_queues", queues))))
                .rootCause()
                .hasMessageContaining(call + " on loop0:1")
                .hasMessageContaining("btl_openib_receive_queues: \"" + queues)
                .hasMessageContaining("receives, the device has queues of"));
    }

    @Test
    void shouldSayThatAPortHasNoSuchGidOrPartition() {
        assertThatThrownBy(() -> new Ranks(new TestJob(1), List.of(Rank.of("btl_openib_gid_index", "2"))))
                .rootCause()
                .hasMessageContaining("gid index too large: btl_openib_gid_index is 2");
        assertThatThrownBy(() -> new Ranks(new TestJob(1), List.of(Rank.of("btl_openib_pkey", "6"))))
                .rootCause()
                .hasMessageContaining("loop0:1: its P_Key table does not hold btl_openib_pkey");
    }
}
