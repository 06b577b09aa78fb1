package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.FullArena;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Shared memory runs out, and comes back: what was asked for meanwhile fails, and nothing is the worse for it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NoRoomTest {
    private final LocalSide side = new LocalSide(new SoftEthernet());

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
        side.close();
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
        side.close();
    }
}
