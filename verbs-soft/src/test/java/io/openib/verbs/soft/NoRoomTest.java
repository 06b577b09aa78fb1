package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.FullArena;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shared memory runs out, and comes back: what was asked for meanwhile fails, and nothing is the worse for it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NoRoomTest {
    private final LocalSide side = new LocalSide(new SoftEthernet());

    private final Map<Integer, Long> blocks = new HashMap<>();

    @AfterEach
    void close() {
        side.close();
    }

    private OwnArena arena() {
        return ((SoftDevice) side.device()).adapter().arena();
    }

    private static void assertNoMemory(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(VerbsException.class, refusal -> assertThat(refusal.errno())
                .isEqualTo(Errno.ENOMEM));
    }

    @Test
    void shouldLeaveNothingInUseByAQueuePairThatWasNotMade() {
        side.createQp(QpRequest.rc()); // so that the table has its chunk
        int cq = side.createCq(16);
        Runnable makeRoom = FullArena.fill(arena());
        assertNoMemory(() -> side.createQp(QpRequest.rc().cqs(cq, cq)));
        makeRoom.run();
        assertThat(side.createQp(QpRequest.rc().cqs(cq, cq)).number()).isPositive();
    }

    @Test
    void shouldConnectAndSendOnceThereIsRoomAgain() {
        side.createCq(16);
        End near = End.open(side, QpRequest.rc(), 0);
        End far = End.open(side, QpRequest.rc(), 0);
        Runnable makeRoom = FullArena.fill(arena());
        assertNoMemory(() -> far.connect(far.towards(near)));
        makeRoom.run();
        far.connect(far.towards(near));
        near.connect(near.towards(far));
        far.postRecv(0, 64);
        makeRoom = FullArena.fill(arena());
        near.post(Send.send(1, near.region().part(0, 8)));
        near.assertNothingCompleted();
        makeRoom.run();
        near.awaitSend(WcStatus.SUCCESS);
        far.awaitRecv(WcStatus.SUCCESS);
    }

    /** Lets so many bytes be allocated again, though there is no room for more. */
    private void free(int bytes) {
        arena().free(blocks.remove(bytes), bytes, ArenaLayout.LINE_BYTES);
    }

    /** Uses all room up but for blocks that are given back one by one. */
    private Runnable fillBut(int... sizes) {
        for (int bytes : sizes) {
            blocks.put(bytes, arena().allocate(bytes, ArenaLayout.LINE_BYTES));
        }
        return FullArena.fill(arena());
    }

    private void assertRoomFor(int bytes) {
        assertThat(arena().allocate(bytes, ArenaLayout.LINE_BYTES)).isNotZero();
    }

    @Test
    void shouldLeaveNoMemoryAndNoKeyToARegionThatHasNoEntry() {
        int bytes = 1 << 16;
        Runnable makeRoom = fillBut(bytes);
        free(bytes);
        for (int attempt = 0; attempt < 200; attempt++) {
            assertNoMemory(() -> side.allocate(bytes, 0));
        }
        assertRoomFor(bytes);
        makeRoom.run();
        assertThat(MrContext.index(side.allocate(bytes, 0).lkey()))
                .as("indices rest until 64 others were given out")
                .isLessThan(100);
    }

    /** Its pool, its ring, and what it shows. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldLeaveNoMemoryToASharedReceiveQueueThatWasNotMade(int pieces) {
        int[] sizes = {64 * ReceiveEntry.bytes(1), 64 * Long.BYTES, SharedReceives.BYTES};
        side.createSrq(64, 1);
        Runnable makeRoom = fillBut(sizes);
        for (int i = 0; i < pieces; i++) {
            free(sizes[i]);
        }
        assertNoMemory(() -> side.createSrq(64, 1));
        for (int i = 0; i < pieces; i++) {
            assertRoomFor(sizes[i]);
        }
        makeRoom.run();
        assertThat(side.createSrq(64, 1)).isPositive();
    }
}
