package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that travel in one to three lines of the ring that their completions come by. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ShortMessagesInRingTest extends NearAndFar {
    private static final int MOST = Completion.MAX_SHORT;
    private static final int ROOM = 256;
    private static final int DEPTH = 128;
    private static final int FIRST_ENTRIES = 64;

    /** The first message goes the long way, as it looks for the peer. */
    @BeforeEach
    void meet() {
        far.postRecv(0, ROOM);
        send(1);
        far.awaitRecv(WcStatus.SUCCESS);
    }

    private void send(int length) {
        near.post(Send.send(length, near.region().part(0, length)));
        near.awaitSend(WcStatus.SUCCESS);
    }

    private static byte[] pattern(SplittableRandom random, int length) {
        byte[] pattern = new byte[length];
        random.nextBytes(pattern);
        return pattern;
    }

    private void assertArrived(byte[] message, byte[] found) {
        assertThat(found)
                .as("%d bytes, and what lies behind them", message.length)
                .isEqualTo(Arrays.copyOf(message, found.length));
    }

    /** Long and short ones by chance, so that each kind comes to lie across the end of the ring. */
    @Test
    void shouldComeWholeWhereverTheyLieInTheRing() {
        long seed = new SplittableRandom().nextLong();
        System.out.println("ShortMessagesInRingTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 2000; i++) {
            byte[] message = pattern(random, 1 + random.nextInt(MOST + 8));
            near.write(0, message);
            far.write(0, new byte[ROOM]);
            far.postRecv(0, ROOM);
            send(message.length);
            if (message.length <= MOST) {
                assertThat(far.read(0, ROOM))
                        .as("what no poll has taken off the ring")
                        .containsOnly(0);
            }
            assertThat(far.awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(message.length);
            assertArrived(message, far.read(0, ROOM));
        }
    }

    @Test
    void shouldComeWholeIntoAReceiveOfSeveralPieces() {
        byte[] message = pattern(new SplittableRandom(1), MOST);
        near.write(0, message);
        far.post(Recv.into(
                1,
                far.region().part(0, 41),
                far.region().part(64, 3),
                far.region().part(128, 116)));

        send(MOST);

        assertThat(far.awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(MOST);
        assertArrived(Arrays.copyOf(message, 41), far.read(0, 64));
        assertArrived(Arrays.copyOfRange(message, 41, 44), far.read(64, 64));
        assertArrived(Arrays.copyOfRange(message, 44, MOST), far.read(128, 128));
    }

    /** It has come, and is told of, but not without an error. */
    @ParameterizedTest
    @ValueSource(ints = {8, 160})
    void shouldTellOfMemoryThatWentBeforeItWasTakenOffTheRing(int length) {
        Region going = far.side().allocate(4096, Wiring.ALL_ACCESS);
        far.post(Recv.into(7, far.region().part(0, 4), going.part(0, ROOM)));
        send(length);

        far.side().close(going.handle());

        assertThat(far.awaitRecv(WcStatus.LOC_PROT_ERR).wrId()).isEqualTo(7);
        far.awaitState(QpState.ERR);
    }

    @Test
    void shouldComeWholeIntoMemoryThatNoPeerCanMap() {
        byte[] message = pattern(new SplittableRandom(2), MOST);
        near.write(0, message);
        Region own = far.side().register(ROOM, AccessFlag.LOCAL_WRITE.bit());
        far.post(Recv.into(1, own.part(0, ROOM)));

        send(MOST);

        assertThat(far.awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(MOST);
        assertArrived(message, far.side().read(own.handle(), 0, ROOM));
    }

    /**
     * What stands in a line that a message goes on in must never pass for the completion that comes to lie there later: each
     * word of a message is what that line's sequence is to be when the ring of 64 lines comes round to it, and then its owner
     * looks.
     */
    @Test
    void shouldNotTakeAMessageForACompletion() {
        long position = 1;
        int lines = Completion.lines(MOST);
        for (int i = 0; i < 12; i++) {
            int line = 1 + i % (lines - 1);
            long looked = position + line + FIRST_ENTRIES;
            fillWithWord(looked + 1);
            receive(MOST);
            for (position += lines; position < looked; position++) {
                receive(1);
            }
            far.assertNothingCompleted();
        }
    }

    private void receive(int length) {
        far.postRecv(0, ROOM);
        send(length);
        assertThat(far.awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(length);
    }

    private void fillWithWord(long word) {
        ByteBuffer words = ByteBuffer.allocate(MOST).order(ByteOrder.nativeOrder());
        while (words.hasRemaining()) {
            words.putLong(word);
        }
        near.write(0, words.array());
    }

    /** As many as the queue holds come without a poll between them, however many lines each would take. */
    @ParameterizedTest
    @CsvSource({"128,160", "170,160", "250,160", "250,48", "250,200", "700,160"})
    void shouldNotOverrunAQueueThatHasRoomForEachCompletion(int depth, int length) {
        int cq = far.side().createCq(depth);
        int sendCq = far.side().createCq(depth);
        FaultyDevice.Connection rc = device.connect(
                QpRequest.rc(),
                QpRequest.rc().cqs(sendCq, cq).depths(1, depth),
                UnaryOperator.identity(),
                UnaryOperator.identity());
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < depth; i++) {
                rc.far().postRecv(i % 250 * ROOM, ROOM);
            }
            for (int i = 0; i < depth; i++) {
                byte[] message = pattern(new SplittableRandom(i % 250), length);
                rc.near().write(0, message);
                rc.near().post(Send.send(i, rc.near().region().part(0, length)));
                rc.near().awaitSend(WcStatus.SUCCESS);
            }
            List<Wc> all = rc.far().awaitRecvs(depth);
            assertThat(all).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            for (int i = 0; i < depth; i++) {
                assertThat(all.get(i).wrId()).isEqualTo((long) (i % 250) * ROOM);
                assertArrived(
                        pattern(new SplittableRandom(i % 250), length), rc.far().read(i % 250 * ROOM, ROOM));
            }
        }
    }

    /** A dead sender's completions of a shared queue are found behind such messages, and their receives not posted again. */
    @Test
    void shouldBePassedOverWhereADeadSendersReceivesAreLookedFor() {
        int cq = far.side().createCq(DEPTH);
        int srq = far.side().createSrq(4, 1);
        Region slots = far.side().allocate(4 * ROOM, Wiring.ALL_ACCESS);
        for (int slot = 0; slot < 4; slot++) {
            far.side().postSrqRecv(srq, Recv.into(slot, slots.part((long) slot * ROOM, ROOM)));
        }
        QpRef own;
        QpRef shared;
        try (PeerProcess doomed = PeerProcess.start(new SoftEthernet())) {
            End toOwn = End.open(doomed.side(), QpRequest.rc(), 0);
            End toShared = End.open(doomed.side(), QpRequest.rc(), 0);
            own = serve(QpRequest.rc().cqs(cq, cq), toOwn);
            shared = serve(QpRequest.rc().cqs(cq, cq).srq(srq), toShared);
            for (int i = 0; i < 2; i++) {
                far.side().postRecv(own.handle(), Recv.into(9, far.region().part(0, ROOM)));
                toOwn.post(Send.send(i, toOwn.region().part(0, MOST)));
                toOwn.awaitSend(WcStatus.SUCCESS);
            }
            for (int i = 0; i < 3; i++) {
                toShared.post(Send.send(i, toShared.region().part(0, ROOM)));
                toShared.awaitSend(WcStatus.SUCCESS);
            }
            doomed.kill();
        }
        End living = End.open(far.side(), QpRequest.rc(), 0);
        QpRef other = serve(QpRequest.rc().srq(srq), living);

        far.side().toState(shared.handle(), QpState.ERR);
        far.side().poll(other.recvCq(), 1);
        living.post(Send.send(1, living.region().part(0, ROOM)));
        living.awaitSend(WcStatus.SUCCESS);

        assertThat(far.side().await(other.recvCq(), 1, End.WAIT_MS))
                .extracting(Wc::wrId)
                .containsExactly(3L);
        living.post(Send.send(2, living.region().part(0, ROOM)));
        living.awaitSend(WcStatus.RNR_RETRY_EXC_ERR);
        List<Wc> unread = far.side().await(cq, 5, End.WAIT_MS);
        assertThat(unread).extracting(Wc::wrId).containsExactly(9L, 9L, 0L, 1L, 2L);
        assertThat(unread).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
    }

    private QpRef serve(QpRequest request, End producer) {
        QpRef served = far.side().createQp(request);
        Wiring wiring = Wiring.to(producer.side().address(), producer.number(), 0, 0);
        far.side().toInit(served.handle(), wiring);
        far.side().toRtr(served.handle(), wiring);
        far.side().toRts(served.handle(), wiring);
        producer.connect(Wiring.to(far.side().address(), served.number(), 0, 0).rnrRetry(0));
        return served;
    }
}
