package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError.Cause;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The device gives rank 0 no memory for what it sends, or little: the limit of locked memory is mostly why. */
@Timeout(60)
class NoMemoryTest {
    private static final int LONG = 60_000;
    /** Of 32 buffers, then of 16, and so on. */
    private static final int HALVINGS = 6;

    private static final long PAUSE_MS = 100;

    private final LoopFabric device = new LoopFabric();
    private final ByteBuffer data = ByteBuffer.allocate(LONG);
    /** Of rank 0, in the order in which it was told. */
    private final List<String> told = Collections.synchronizedList(new ArrayList<>());

    private Ranks ranks() {
        Ranks ranks = new Ranks(
                new TestJob(2), List.of(Rank.of().on(device), Rank.of().on(new LoopFabric())));
        ranks.rank(0).onError(error -> {
            assertThat(error.reason()).contains("rank 1", "loop0:1", "ENOMEM");
            assertThat(error.isFinal()).isFalse();
            told.add(error.cause().name());
        });
        return ranks;
    }

    private static void connect(Ranks ranks) {
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
    }

    private void refuseAll() {
        device.objects().refuseMemoryBeyond(0);
    }

    private int sendLong(Btl btl) {
        return btl.send(1, 1, data, 0, LONG, this::completed, 0);
    }

    private void completed(long cookie, int status) {
        told.add(BtlStatus.name(status));
    }

    /** How often it may have been asked for memory of one kind since then. */
    private static int mostAsked(long startNs) {
        return HALVINGS + (int) (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) / PAUSE_MS);
    }

    @Test
    void shouldRefuseASendForGoodReasonAndKeepTheConnection() {
        try (Ranks ranks = ranks()) {
            connect(ranks);
            refuseAll();
            long startNs = System.nanoTime();
            Btl btl = ranks.rank(0);
            assertThat(sendLong(btl)).isEqualTo(BtlStatus.PEER_FAILED);
            for (int round = 0; round < 10_000; round++) {
                assertThat(sendLong(btl)).isEqualTo(BtlStatus.PEER_FAILED);
                btl.progress();
            }
            assertThat(device.objects().memoryRefused()).isBetween(HALVINGS, mostAsked(startNs));
            assertThat(told).as("once, though it was asked again").containsExactly(Cause.NO_MEMORY.name());
            assertThat(btl.isConnected(1)).isTrue();
            assertThat(btl.sendImmediate(1, 1, data, 0, 8))
                    .as("what needs no memory")
                    .isEqualTo(BtlStatus.OK);
            device.objects().refuseMemoryBeyond(Long.MAX_VALUE);
            ranks.until(() -> sendLong(btl) == BtlStatus.OK);
            ranks.until(() -> told.contains("OK"));
            refuseAll();
            ranks.until(() -> btl.send(1, 1, data, 0, 2_000, null, 0) == BtlStatus.PEER_FAILED);
            ranks.until(() -> told.size() == 3);
            assertThat(told).as("of another size").endsWith(Cause.NO_MEMORY.name());
        }
    }

    @Test
    void shouldFailWhatItHasToCopyAfterTheReason() {
        try (Ranks ranks = ranks();
                RegisteredMemory far = ranks.rank(1).allocate(1 << 20)) {
            connect(ranks);
            refuseAll();
            long startNs = System.nanoTime();
            Btl btl = ranks.rank(0);
            for (int i = 0; i < 3; i++) {
                assertThat(btl.putBytes(1, data, 0, far.handle(), 0, LONG, this::completed, i))
                        .isEqualTo(BtlStatus.OK);
                assertThat(btl.getBytes(1, data, 0, far.handle(), 0, LONG, this::completed, i))
                        .isEqualTo(BtlStatus.OK);
            }
            ranks.until(() -> Collections.frequency(told, "PEER_FAILED") == 6);
            assertThat(told.get(0)).isEqualTo(Cause.NO_MEMORY.name());
            assertThat(told).containsOnly(Cause.NO_MEMORY.name(), "PEER_FAILED");
            assertThat(device.objects().memoryRefused()).isLessThanOrEqualTo(mostAsked(startNs));
            assertThat(btl.isConnected(1)).isTrue();
        }
    }

    @Test
    void shouldFailWhatAnotherThreadSendsAfterTheReason() throws Exception {
        try (Ranks ranks = ranks()) {
            connect(ranks);
            refuseAll();
            int[] code = {BtlStatus.CLOSED};
            Thread sender = new Thread(() -> code[0] = sendLong(ranks.rank(0)));
            sender.start();
            sender.join(20_000);
            assertThat(code[0]).isEqualTo(BtlStatus.OK);
            ranks.until(() -> told.size() >= 2);
            assertThat(told).containsExactly(Cause.NO_MEMORY.name(), "PEER_FAILED");
        }
    }

    @Test
    void shouldRefuseWhatWouldWaitForAConnection() {
        try (Ranks ranks = ranks()) {
            refuseAll();
            Btl btl = ranks.rank(0);
            ranks.until(() -> sendLong(btl) == BtlStatus.PEER_FAILED);
            ranks.until(() -> !told.isEmpty());
            assertThat(told.get(0)).isEqualTo(Cause.NO_MEMORY.name());
            assertThat(told).as("and what waited").containsOnly(Cause.NO_MEMORY.name(), "PEER_FAILED");
        }
    }

    @Test
    void shouldMakeDoWithLess() {
        try (Ranks ranks = ranks()) {
            connect(ranks);
            device.objects().refuseMemoryBeyond(5 * (LONG + 8_000));
            Btl btl = ranks.rank(0);
            int sent = 0;
            for (; sent < 40; sent++) {
                assertThat(sendLong(btl)).isEqualTo(BtlStatus.OK);
            }
            assertThat(device.objects().memoryRefused())
                    .as("of 32, 16, 8; later slabs are no larger")
                    .isLessThan(20);
            ranks.until(() -> told.size() == 40);
            assertThat(told).containsOnly("OK");
        }
    }

    @Test
    void shouldTellOfRoomOnlyWhenSomethingCameBackOrTheDeviceMayBeAskedAgain() {
        try (Ranks ranks = ranks()) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            assertThat(sendLong(btl)).isEqualTo(BtlStatus.OK);
            refuseAll();
            long startNs = System.nanoTime();
            int[] notices = {0};
            btl.onRoom(peer -> {
                notices[0]++;
                sendLong(btl);
            });
            while (sendLong(btl) == BtlStatus.OK) {
                assertThat(told).isEmpty();
            }
            for (int round = 0; round < 10_000; round++) {
                btl.progress(); // the peer sleeps: nothing comes back
            }
            assertThat(notices[0]).isLessThanOrEqualTo(mostAsked(startNs));
            assertThat(device.objects().memoryRefused()).isLessThanOrEqualTo(mostAsked(startNs));
            ranks.until(() -> notices[0] > 0 && told.contains("OK"));
            assertThat(told).containsOnly("OK");
        }
    }

    @Test
    void shouldNotOpenWithBuffersLongerThanTheDeviceRegisters() {
        assertThatThrownBy(() -> new Ranks(1, "btl_openib_free_list_inc", "64").close())
                .rootCause()
                .hasMessageContaining("btl_openib_free_list_inc: 64 buffers")
                .hasMessageContaining("loop0:1")
                .isInstanceOf(BtlException.class);
        new Ranks(1).close();
    }
}
