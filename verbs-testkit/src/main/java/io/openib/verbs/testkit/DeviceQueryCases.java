package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.Device;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.VerbsProvider;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a device and its ports say about themselves. */
interface DeviceQueryCases extends VerbsContract {
    /** For a thread to begin its wait. */
    long MOMENT_MS = 200;

    /** pyverbs {@code test_query_device}. */
    @Test
    default void shouldDescribeItself(VerbsFixture fx) {
        assertThat(fx.device().name()).isNotBlank();
        assertThat(fx.device().attributes().physicalPorts()).isPositive();
        for (DeviceLimit limit : DeviceLimit.values()) {
            assertThat(fx.device().attributes().limit(limit)).as("%s", limit).isNotNegative();
        }
        for (DeviceLimit limit : List.of(
                DeviceLimit.MAX_QP,
                DeviceLimit.MAX_QP_WR,
                DeviceLimit.MAX_SGE,
                DeviceLimit.MAX_CQ,
                DeviceLimit.MAX_CQE,
                DeviceLimit.MAX_MR,
                DeviceLimit.MAX_PD,
                DeviceLimit.MAX_PKEYS)) {
            assertThat(fx.device().attributes().limit(limit)).as("%s", limit).isPositive();
        }
    }

    /** pyverbs {@code test_dev_list}. */
    @Test
    default void shouldBeListedByItsProvider(VerbsFixture fx) {
        Optional<VerbsProvider> provider = fx.underTest().provider();
        assumeThat(provider).as("the provider is known").isPresent();
        assertThat(provider.orElseThrow().deviceNames())
                .contains(fx.device().name())
                .doesNotHaveDuplicates();
        Refusals.assertRefused(Errno.ENODEV, () -> provider.orElseThrow().open("nobodys0"));
    }

    /** pyverbs {@code test_open_dev}. */
    @Test
    default void shouldOpenSeveralContexts(VerbsFixture fx) {
        try (Device second = fx.underTest().open()) {
            assertThat(second).isNotSameAs(fx.device());
            assertThat(second.name()).isEqualTo(fx.device().name());
            assertThat(second.attributes()).isEqualTo(fx.device().attributes());
        }
    }

    @Test
    default void shouldCloseTwiceAndCloseWhatIsOpenOnIt(VerbsFixture fx) {
        Device device = fx.underTest().open();
        device.allocProtectionDomain();
        device.createCompletionQueue(1, null);
        device.close();
        device.close();
    }

    /** pyverbs {@code test_query_port}. */
    @Test
    default void shouldDescribeAnActivePort(VerbsFixture fx) {
        PortAttributes port = fx.device().queryPort(fx.underTest().port());
        assertThat(port.state()).isEqualTo(PortState.ACTIVE);
        assertThat(port.activeMtu()).isLessThanOrEqualTo(port.maxMtu());
        assertThat(port.gidTableLength()).isPositive();
        assertThat(port.pkeyTableLength()).isPositive();
        assertThat(port.maxMessageBytes()).isGreaterThanOrEqualTo(1 << 20);
        if (port.linkLayer() == LinkLayer.ETHERNET) {
            assertThat(port.lid()).isZero();
        } else {
            assertThat(port.lid()).isBetween(1, 0xbfff);
        }
    }

    /** pyverbs {@code test_query_port_bad_flow}. */
    @Test
    default void shouldRefusePortsThatDoNotExist(VerbsFixture fx) {
        int ports = fx.device().attributes().physicalPorts();
        for (int port : new int[] {0, ports + 1, -1, 255}) {
            Refusals.assertRefused(Errno.EINVAL, () -> fx.device().queryPort(port));
            Refusals.assertRefused(Errno.EINVAL, () -> fx.device().queryGid(port, 0));
            Refusals.assertRefused(Errno.EINVAL, () -> fx.device().queryPkey(port, 0));
        }
    }

    /** pyverbs {@code test_query_gid_table}, {@code test_query_gid}, {@code test_query_gid_ex}. */
    @Test
    default void shouldListTheGidsOfItsTable(VerbsFixture fx) {
        int port = fx.underTest().port();
        int length = fx.device().queryPort(port).gidTableLength();
        List<GidEntry> table = fx.device().queryGidTable(port);
        assertThat(table).isNotEmpty().hasSizeLessThanOrEqualTo(length);
        assertThat(table).extracting(GidEntry::gid).doesNotContain(Gid.ZERO);
        for (GidEntry entry : table) {
            assertThat(entry.port()).isEqualTo(port);
            assertThat(fx.device().queryGid(port, entry.index())).isEqualTo(entry);
        }
        for (int index = 0; index < length; index++) {
            GidEntry row = fx.device().queryGid(port, index);
            assertThat(table.contains(row)).isEqualTo(!row.gid().equals(Gid.ZERO));
        }
    }

    /** pyverbs {@code test_query_gid_ex_bad_flow}, {@code test_query_gid_table_bad_flow}. */
    @Test
    default void shouldRefuseRowsBeyondItsTables(VerbsFixture fx) {
        int port = fx.underTest().port();
        PortAttributes attributes = fx.device().queryPort(port);
        Refusals.assertRefused(Errno.EINVAL, () -> fx.device().queryGid(port, attributes.gidTableLength()));
        Refusals.assertRefused(Errno.EINVAL, () -> fx.device().queryGid(port, -1));
        Refusals.assertRefused(Errno.EINVAL, () -> fx.device().queryPkey(port, attributes.pkeyTableLength()));
        Refusals.assertRefused(Errno.EINVAL, () -> fx.device().queryPkey(port, -1));
    }

    /** pyverbs {@code test_query_pkey}. */
    @Test
    default void shouldHaveADefaultPkey(VerbsFixture fx) {
        assertThat(fx.device().queryPkey(fx.underTest().port(), 0) & 0x7fff)
                .as("the default partition is 0x7fff, a full or a limited member")
                .isEqualTo(0x7fff);
    }

    @Test
    default void shouldEndTheWaitForAsyncEventsWhenItIsClosed(VerbsFixture fx) throws Exception {
        Device device = fx.underTest().open();
        CompletableFuture<Boolean> isNull = new CompletableFuture<>();
        Thread waiter = new Thread(() -> {
            try {
                isNull.complete(device.nextAsyncEvent(End.WAIT_MS) == null);
            } catch (InterruptedException e) {
                isNull.completeExceptionally(e);
            }
        });
        waiter.start();
        // A thread that waits in native code is runnable all the time; then this gives it a moment.
        Deadline.await(MOMENT_MS, () -> waiter.getState() != Thread.State.RUNNABLE);
        device.close();
        assertThat(isNull.get(End.WAIT_MS / 2, TimeUnit.MILLISECONDS)).isTrue();
    }

    @Test
    default void shouldFindNoAsyncEventOnAQuietDevice(VerbsFixture fx) throws InterruptedException {
        assertThat(fx.device().nextAsyncEvent(0)).isNull();
    }
}
