package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wiring;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Short messages go without a look at the receive when its owner vouches for it: what that must never hide. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class VouchedReceivesTest extends NearAndFar {
    private static final int SHORT = 8;
    private static final int LONG = 100;
    private static final int ROOM = 64;

    private void send(int length) {
        near.post(Send.send(length, near.region().part(0, length)));
    }

    @Test
    void shouldNoticeAReceiveThatIsTooShortBetweenOthers() {
        far.postRecv(0, ROOM);
        far.postRecv(ROOM, SHORT - 1);
        far.postRecv(2 * ROOM, ROOM);
        send(SHORT);
        near.awaitSend(WcStatus.SUCCESS);
        far.awaitRecv(WcStatus.SUCCESS);

        send(SHORT);

        near.awaitSend(WcStatus.REM_INV_REQ_ERR);
        assertThat(far.awaitRecv(WcStatus.LOC_LEN_ERR).wrId()).isEqualTo(ROOM);
    }

    /** Receives with room for a short message vouch for no longer one. */
    @Test
    void shouldNoticeAReceiveThatIsTooShortForALongerMessage() {
        far.postRecv(0, 2 * ROOM);
        far.postRecv(2 * ROOM, LONG - 1);
        far.postRecv(4 * ROOM, 2 * ROOM);
        send(LONG);
        near.awaitSend(WcStatus.SUCCESS);
        far.awaitRecv(WcStatus.SUCCESS);

        send(LONG);

        near.awaitSend(WcStatus.REM_INV_REQ_ERR);
        assertThat(far.awaitRecv(WcStatus.LOC_LEN_ERR).wrId()).isEqualTo(2 * ROOM);
    }

    /** After a receive that was short the owner vouches for long ones again, once none is left of those before. */
    @Test
    void shouldVouchForLongReceivesAgain() {
        boolean isInRing = false;
        for (int room : new int[] {2 * ROOM, ROOM, 2 * ROOM, 2 * ROOM}) {
            far.write(0, new byte[2 * ROOM]);
            far.postRecv(0, room);
            near.write(0, new byte[] {1});
            send(Math.min(room, LONG));
            near.awaitSend(WcStatus.SUCCESS);
            isInRing = far.read(0, 1)[0] == 0;
            far.awaitRecv(WcStatus.SUCCESS);
            assertThat(far.read(0, 1)[0]).isEqualTo((byte) 1);
        }
        assertThat(isInRing)
                .as("the last one was still in the ring before it was polled")
                .isTrue();
    }

    @Test
    void shouldFillReceivesThatGetShorterAndLongerAgain() {
        int[] rooms = {2 * ROOM, LONG, ROOM, SHORT, ROOM, LONG, 2 * ROOM};
        for (int i = 0; i < rooms.length; i++) {
            far.postRecv(i * 2 * ROOM, rooms[i]);
        }
        for (int i = 0; i < rooms.length; i++) {
            send(Math.min(LONG, rooms[i]));
            near.awaitSend(WcStatus.SUCCESS);
            assertThat(far.awaitRecv(WcStatus.SUCCESS).wrId()).isEqualTo((long) i * 2 * ROOM);
        }
    }

    @Test
    void shouldFillAReceiveThatHasJustEnoughRoom() {
        far.postRecv(0, ROOM);
        far.postRecv(ROOM, SHORT);
        far.postRecv(2 * ROOM, ROOM);

        for (int i = 0; i < 3; i++) {
            send(SHORT);
            near.awaitSend(WcStatus.SUCCESS);
            assertThat(far.awaitRecv(WcStatus.SUCCESS).wrId()).isEqualTo((long) i * ROOM);
        }
    }

    @Test
    void shouldNoticeThatMemoryWentAfterItWasPosted() {
        Region lost = far.side().allocate(4096, Wiring.ALL_ACCESS);
        far.postRecv(0, ROOM);
        far.post(Recv.into(7, lost.part(0, ROOM)));
        send(SHORT);
        near.awaitSend(WcStatus.SUCCESS);
        far.awaitRecv(WcStatus.SUCCESS);

        far.side().close(lost.handle());
        send(SHORT);

        near.awaitSend(WcStatus.REM_OP_ERR);
        assertThat(far.awaitRecv(WcStatus.LOC_PROT_ERR).wrId()).isEqualTo(7);
    }

    @Test
    void shouldNoticeMemoryThatWentBeforeTheSenderSawTheReceive() {
        far.postRecv(0, ROOM);
        send(SHORT);
        near.awaitSend(WcStatus.SUCCESS);
        far.awaitRecv(WcStatus.SUCCESS);
        Region lost = far.side().allocate(4096, Wiring.ALL_ACCESS);
        far.post(Recv.into(7, lost.part(0, ROOM)));
        far.side().close(lost.handle());

        send(SHORT);

        near.awaitSend(WcStatus.REM_OP_ERR);
        assertThat(far.awaitRecv(WcStatus.LOC_PROT_ERR).wrId()).isEqualTo(7);
    }

    @Test
    void shouldNoticeMemoryThatWentBeforeItIsPostedAgain() {
        Region lost = far.side().allocate(4096, Wiring.ALL_ACCESS);
        far.post(Recv.into(7, lost.part(0, ROOM)));
        send(SHORT);
        near.awaitSend(WcStatus.SUCCESS);
        far.awaitRecv(WcStatus.SUCCESS);
        far.side().close(lost.handle());

        far.post(Recv.into(8, lost.part(0, ROOM)));
        send(SHORT);

        near.awaitSend(WcStatus.REM_OP_ERR);
        assertThat(far.awaitRecv(WcStatus.LOC_PROT_ERR).wrId()).isEqualTo(8);
    }

    @Test
    void shouldGoOnWhenOtherMemoryGoes() {
        byte[] pattern = new byte[ROOM];
        new SplittableRandom(1).nextBytes(pattern);
        near.write(0, pattern);
        for (int round = 0; round < 4; round++) {
            Region other = far.side().allocate(4096, Wiring.ALL_ACCESS);
            far.postRecv(0, ROOM);
            far.postRecv(ROOM, ROOM);
            send(SHORT);
            far.side().close(other.handle());
            send(SHORT);
            near.awaitSends(2);
            assertThat(far.awaitRecvs(2)).allMatch(wc -> wc.status() == WcStatus.SUCCESS);
            assertThat(far.read(ROOM, SHORT)).isEqualTo(Arrays.copyOf(pattern, SHORT));
        }
    }

    @Test
    void shouldCarryEveryLengthWhole() {
        byte[] pattern = new byte[ROOM];
        new SplittableRandom(2).nextBytes(pattern);
        near.write(0, pattern);
        for (int length = 0; length <= ROOM; length++) {
            far.write(0, new byte[ROOM]);
            far.postRecv(0, ROOM);
            send(length);
            near.awaitSend(WcStatus.SUCCESS);
            assertThat(far.awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(length);
            byte[] expected = Arrays.copyOf(Arrays.copyOf(pattern, length), ROOM);
            assertThat(far.read(0, ROOM)).as("%d bytes", length).isEqualTo(expected);
        }
    }
}
