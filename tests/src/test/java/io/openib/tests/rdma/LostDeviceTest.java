package io.openib.tests.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.WireupEvent;
import io.openib.tests.system.Openib;
import io.openib.verbs.ActivePort;
import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.Device;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A port goes down, a device is removed: under load, by the commands that an administrator has. */
@Tag("rdma")
@Tag("faults")
@EnabledIfEnvironmentVariable(
        named = "SOFT_ROCE_GUEST",
        matches = ".+",
        disabledReason = "breaks this machine's devices")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class LostDeviceTest {
    private static final long EVENT_MS = 30_000;
    private static final String VICTIM = "rxe1";

    /** Lost connections are noticed in milliseconds, and a send may try to connect again as often as it takes. */
    private static LocalRanks open(String wireup, String devices) throws Exception {
        return new LocalRanks(Map.of(
                "btl_openib_cpc",
                wireup,
                "btl_openib_if_include",
                devices,
                "btl_openib_ib_timeout",
                "12",
                "btl_openib_ib_retry_count",
                "2",
                "btl_openib_connect_rdmacm_connect_timeout",
                "3000",
                "btl_openib_connect_oob_timeout",
                "3000",
                "btl_openib_reconnects",
                "1000"));
    }

    /**
     * The connection manager of rxe 6.1 does not get over a message that is sent while the port is down (docs/devices.md), so
     * the disconnects have to wait.
     */
    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldLoseConnectionsWithThePortAndConnectAgainWhenItIsUp(String wireup) throws Exception {
        String netdev = netdev(VICTIM);
        try (Device witness = RdmaHost.provider().open(VICTIM);
                LocalRanks ranks = open(wireup, VICTIM)) {
            ranks.exchange();
            assertConnectedBy(ranks, wireup);
            ranks.errors().clear();
            RdmaHost.run("ip", "link", "set", netdev, "down");
            try {
                assertReports(witness, AsyncEventType.PORT_ERR);
                ranks.loadUntil(
                        "both are told",
                        () -> ranks.errors().stream().anyMatch(error -> error.startsWith("0: rank 1 "))
                                && ranks.errors().stream().anyMatch(error -> error.startsWith("1: rank 0 ")));
                assertThat(ranks.errors())
                        .anyMatch(error -> error.contains("was lost on " + VICTIM + ":1")
                                && (error.contains("; port " + VICTIM + ":1 is DOWN") || error.contains("PORT_ERR")));
            } finally {
                RdmaHost.run("ip", "link", "set", netdev, "up");
            }
            assertReports(witness, AsyncEventType.PORT_ACTIVE);
            ranks.exchange();
            assertThat(ranks.rank(0).isConnected(1)).isTrue();
            assertConnectedBy(ranks, wireup);
        }
    }

    /** By the latest of each side. */
    private static void assertConnectedBy(LocalRanks ranks, String wireup) {
        for (int peer = 0; peer < 2; peer++) {
            int wanted = peer;
            ranks.until("rank " + (1 - peer) + " is told", () -> ranks.connections().stream()
                    .anyMatch(event -> event.peer() == wanted));
            WireupEvent latest = ranks.connections().stream()
                    .filter(event -> event.peer() == wanted)
                    .reduce((one, next) -> next)
                    .orElseThrow();
            assertThat(latest.wireup()).as(latest.toString()).isEqualTo(wireup);
            assertThat(latest.device()).as(latest.toString()).isEqualTo(VICTIM + ":1");
        }
        ranks.connections().clear();
    }

    private static String netdev(String device) throws IOException {
        return RdmaHost.netdev(new ActivePort(device, 1));
    }

    private static void assertReports(Device device, AsyncEventType wanted) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EVENT_MS);
        while (System.nanoTime() - deadlineNs < 0) {
            AsyncEvent event = device.nextAsyncEvent(EVENT_MS);
            if (event != null && event.type() == wanted) {
                assertThat(event.port()).isEqualTo(1);
                return;
            }
        }
        throw new AssertionError(device.name() + " has not reported " + wanted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rdmacm", "oob"})
    void shouldLetGoOfADeviceThatIsRemoved(String wireup) throws Exception {
        String netdev = netdev(VICTIM);
        try (LocalRanks ranks = open(wireup, VICTIM)) {
            ranks.exchange();
            try (Openib removal = RdmaHost.start("rdma", "link", "delete", VICTIM)) {
                ranks.loadUntil(
                        "both are refused", () -> isUnderWay(removal) && ranks.isRefused(0) && ranks.isRefused(1));
                assertRemoved(ranks, removal, VICTIM);
            }
        } finally {
            addAgain(VICTIM, netdev);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rdmacm", "oob"})
    void shouldGoOnByTheOtherDeviceWhenOneIsRemoved(String wireup) throws Exception {
        List<String> netdevs = List.of(netdev("rxe0"), netdev("rxe1"));
        String victim = "";
        try (LocalRanks ranks = open(wireup, "rxe0,rxe1")) {
            ranks.exchange();
            victim = ranks.rank(0).peer(1).device().replaceFirst(":.*", "");
            String other = victim.equals("rxe0") ? "rxe1:1" : "rxe0:1";
            try (Openib removal = RdmaHost.start("rdma", "link", "delete", victim)) {
                ranks.loadUntil(
                        "both go by " + other + ", " + victim + " is removed",
                        () -> isUnderWay(removal)
                                && ranks.rank(0).peer(1).device().equals(other)
                                && ranks.rank(1).peer(0).device().equals(other));
                ranks.exchange();
                assertRemoved(ranks, removal, victim);
            }
            ranks.exchange();
        } finally {
            addAgain(victim, netdevs.get(victim.equals("rxe1") ? 1 : 0));
        }
    }

    /** True, unless the command has failed. */
    private static boolean isUnderWay(Openib removal) {
        if (!removal.isRunning()) {
            removal.end().hasStatus(0);
        }
        return true;
    }

    private static void assertRemoved(LocalRanks ranks, Openib removal, String device) throws IOException {
        ranks.until("the command ends", () -> !removal.isRunning());
        removal.end().hasStatus(0);
        assertThat(ranks.errors()).anyMatch(error -> error.contains("device " + device + " reports DEVICE_FATAL"));
        assertThat(RdmaHost.devices()).doesNotContain(device);
    }

    private static void addAgain(String device, String netdev) throws IOException {
        if (!device.isEmpty() && !RdmaHost.devices().contains(device)) {
            RdmaHost.run("rdma", "link", "add", device, "type", "rxe", "netdev", netdev);
        }
    }
}
