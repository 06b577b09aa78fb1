package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.verbs.AtomicCapability;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Atomics on one rank's memory come by one of its devices, or by such as are atomic together. */
@Timeout(60)
class AtomicDevicesTest {
    private static final int BYTES = 8;

    private final List<Integer> statuses = new ArrayList<>();

    private static LoopFabric rails() {
        return new LoopFabric("hard", VerbsProvider.HARDWARE).withInfiniband(2);
    }

    private static LoopFabric adapter() {
        return new LoopFabric("hard", VerbsProvider.HARDWARE).withInfiniband(1);
    }

    private static LoopFabric software() {
        return new LoopFabric("soft", VerbsProvider.SOFTWARE);
    }

    private static void connect(Ranks ranks, int from, int to) {
        ranks.until(() ->
                ranks.rank(from).connect(to) == BtlStatus.OK && ranks.rank(from).isConnected(to));
    }

    /** The code that the call gives; what is accepted must work. */
    private int fetchAdd(Ranks ranks, int from, int to, RegisteredMemory target) {
        Btl btl = ranks.rank(from);
        connect(ranks, from, to);
        long before = target.buffer().getLong(0);
        try (RegisteredMemory result = btl.allocate(BYTES)) {
            statuses.clear();
            int code = btl.fetchAdd(to, result, 0, target.handle(), 0, 1, (cookie, status) -> statuses.add(status), 0);
            assertThat(btl.hasAtomics(to)).as("%d to %d", from, to).isEqualTo(code == BtlStatus.OK);
            int swap = btl.compareSwap(to, result, 0, target.handle(), 0, -1, -2, (cookie, status) -> {}, 0);
            assertThat(swap).as("%d to %d", from, to).isEqualTo(code);
            if (code == BtlStatus.OK) {
                ranks.until(() -> !statuses.isEmpty());
                assertThat(statuses).containsExactly(BtlStatus.OK);
                assertThat(target.buffer().getLong(0)).isEqualTo(before + 1);
            } else {
                assertThat(target.buffer().getLong(0)).isEqualTo(before);
                put(ranks, from, to, result, target);
            }
            return code;
        }
    }

    private void put(Ranks ranks, int from, int to, RegisteredMemory source, RegisteredMemory target) {
        statuses.clear();
        assertThat(ranks.rank(from)
                        .put(to, source, 0, target.handle(), 0, BYTES, (cookie, status) -> statuses.add(status), 0))
                .isEqualTo(BtlStatus.OK);
        ranks.until(() -> !statuses.isEmpty());
        assertThat(statuses).as("put works by every device").containsExactly(BtlStatus.OK);
    }

    @Test
    void shouldRefuseAtomicsByTheSoftwareDeviceBesideHardware() {
        List<Rank> all = List.of(
                Rank.of().on(software(), adapter()),
                Rank.of().on(software(), adapter()),
                Rank.of().on(software()));
        try (Ranks ranks = new Ranks(new TestJob(3), all);
                RegisteredMemory both = ranks.rank(0).allocate(BYTES);
                RegisteredMemory one = ranks.rank(2).allocate(BYTES)) {
            assertThat(both.handle().keyCount()).as("devices").isEqualTo(2);
            assertThat(fetchAdd(ranks, 1, 0, both)).isEqualTo(BtlStatus.OK);
            assertThat(fetchAdd(ranks, 2, 0, both)).isEqualTo(BtlStatus.UNSUPPORTED);
            assertThat(fetchAdd(ranks, 0, 0, both)).as("to itself").isEqualTo(BtlStatus.OK);
            assertThat(fetchAdd(ranks, 0, 2, one)).as("its only device").isEqualTo(BtlStatus.OK);
            assertThat(fetchAdd(ranks, 1, 2, one)).as("its only device").isEqualTo(BtlStatus.OK);
        }
    }

    /** Each rank begins with another rail, by which all reach it. */
    @Test
    void shouldTakeAtomicsFromAllOverRailsThatAreAlike() {
        try (Ranks ranks = new Ranks(
                new TestJob(3),
                List.of(Rank.of().on(rails()), Rank.of().on(rails()), Rank.of().on(rails())))) {
            assertCodes(ranks, new int[3][3]);
        }
    }

    @Test
    void shouldTakeAtomicsFromAllOverOneDevice() {
        Rank rank = Rank.of("btl_openib_if_include", "hard1");
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(rank.on(rails()), rank.on(rails())))) {
            assertCodes(ranks, new int[2][2]);
        }
    }

    @Test
    void shouldTakeAtomicsByBothPortsOfOneDevice() {
        List<Rank> all = List.of(
                Rank.of().on(adapter().withTwoPorts()), Rank.of().on(adapter().withTwoPorts()));
        try (Ranks ranks = new Ranks(new TestJob(2), all)) {
            assertCodes(ranks, new int[2][2]);
        }
    }

    @Test
    void shouldTakeAtomicsByEachDeviceIfTheyAreAtomicTogether() {
        List<Rank> all = List.of(
                Rank.of().on(rails().withGlobalAtomics()),
                Rank.of().on(rails().withGlobalAtomics()),
                Rank.of().on(rails().withGlobalAtomics()));
        try (Ranks ranks = new Ranks(new TestJob(3), all)) {
            assertCodes(ranks, new int[3][3]);
        }
    }

    private void assertCodes(Ranks ranks, int[][] codes) {
        for (int to = 0; to < codes.length; to++) {
            try (RegisteredMemory target = ranks.rank(to).allocate(BYTES)) {
                for (int from = 0; from < codes.length; from++) {
                    assertThat(fetchAdd(ranks, from, to, target))
                            .as("%d to %d", from, to)
                            .isEqualTo(codes[from][to]);
                }
            }
        }
    }

    /** Others may still work by the device that this one has lost. */
    @Test
    void shouldRefuseAtomicsAfterADetour() {
        LoopFabric doomed = adapter();
        List<Rank> both = List.of(Rank.of().on(software(), adapter()), Rank.of().on(software(), doomed));
        try (Ranks ranks = new Ranks(new TestJob(2), both);
                RegisteredMemory other = ranks.rank(1).allocate(BYTES);
                RegisteredMemory target = ranks.rank(0).allocate(BYTES)) {
            ranks.rank(0).onError(error -> {});
            ranks.rank(1).onError(error -> {});
            assertThat(fetchAdd(ranks, 1, 0, target)).isEqualTo(BtlStatus.OK);
            assertThat(ranks.rank(1).peer(0).device()).isEqualTo("hard0:1");
            doomed.breakIt();
            ranks.until(() -> !ranks.rank(1).isConnected(0));
            connect(ranks, 1, 0);
            assertThat(ranks.rank(1).peer(0).device()).isEqualTo("soft0:1");
            assertThat(ranks.rank(1).hasAtomics(0)).isFalse();
            assertThat(ranks.rank(1).fetchAdd(0, other, 0, target.handle(), 0, 1, null, 0))
                    .isEqualTo(BtlStatus.UNSUPPORTED);
        }
    }

    @Test
    void shouldNotTakeAtomicsByTwoDevicesUnlessEachIsAtomicWithTheOthers() {
        for (long seed = 1; seed <= 5_000; seed++) {
            Random random = new Random(seed);
            List<AtomicCapability> ofDevices = new ArrayList<>();
            List<Integer> ports = new ArrayList<>();
            for (int device = random.nextInt(4); device >= 0; device--) {
                AtomicCapability[] all = AtomicCapability.values();
                ofDevices.add(all[random.nextInt(all.length)]);
                ports.addAll(Collections.nCopies(1 + random.nextInt(2), ofDevices.size() - 1));
            }
            Collections.shuffle(ports, random);
            AtomicDevices devices = new AtomicDevices();
            List<Integer> taken = ports.stream()
                    .filter(device -> devices.takes(device, ofDevices.get(device)))
                    .distinct()
                    .toList();
            List<Integer> able = ports.stream()
                    .filter(device -> ofDevices.get(device) != AtomicCapability.NONE)
                    .toList();
            assertThat(taken).as("seed %d", seed).isSubsetOf(able);
            assertThat(taken.isEmpty()).as("seed %d", seed).isEqualTo(able.isEmpty());
            assertThat(taken.size() < 2
                            || taken.stream().allMatch(device -> ofDevices.get(device) == AtomicCapability.GLOBAL))
                    .as("seed %d", seed)
                    .isTrue();
        }
    }
}
