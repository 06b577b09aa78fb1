package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** ERR flushes, RESET forgets, destruction is silent. */
interface FlushCases extends VerbsContract {
    @Test
    default void shouldFlushBothQueuesInOrder(VerbsFixture fx) {
        int sendCq = fx.near().createCq(64);
        int recvCq = fx.near().createCq(64);
        End near = fx.end(fx.near(), QpRequest.rc().cqs(sendCq, recvCq));
        near.connect(Wiring.to(fx.far().address(), 0xabcdef, 1, 2).retries(22, 7));
        for (int i = 0; i < 10; i++) {
            near.post(Recv.into(100 + i, near.region().part(i * 8L, 8)));
            near.post(Send.send(i, near.region().part(0, 8)).flags(0));
        }
        near.to(QpState.ERR);
        assertFlushed(near, near.awaitSends(10), 0);
        assertFlushed(near, near.awaitRecvs(10), 100);
        near.assertNothingCompleted();
    }

    @Test
    default void shouldFlushWhatIsPostedInError(VerbsFixture fx) {
        int sendCq = fx.near().createCq(64);
        int recvCq = fx.near().createCq(64);
        End near = fx.end(fx.near(), QpRequest.rc().cqs(sendCq, recvCq));
        Pair pair = new Pair(near, fx.end(fx.far(), QpRequest.rc())).connected();
        near.to(QpState.ERR);
        near.to(QpState.ERR);
        for (int i = 0; i < 5; i++) {
            near.post(Recv.into(100 + i, near.region().part(i * 8L, 8)));
            near.post(Send.write(i, near.region().part(0, 8), pair.far().region(), 0));
        }
        assertFlushed(near, near.awaitSends(5), 0);
        if (fx.traits().flushesLateReceives()) {
            assertFlushed(near, near.awaitRecvs(5), 100);
        }
    }

    @Test
    default void shouldFlushAReceiveThatIsPostedLongAfterTheOthersWere(VerbsFixture fx) {
        assumeThat(fx.traits().flushesLateReceives())
                .as("late receives are flushed")
                .isTrue();
        End near = fx.rcPair().near();
        near.postRecv(0, 8);
        near.to(QpState.ERR);
        for (int later = 8; later <= 24; later += 8) {
            near.awaitRecv(WcStatus.WR_FLUSH_ERR);
            near.assertNothingCompleted();
            near.postRecv(later, 8);
        }
        assertThat(near.awaitRecv(WcStatus.WR_FLUSH_ERR).wrId()).isEqualTo(24);
    }

    private static void assertFlushed(End end, List<Wc> completions, long firstId) {
        assertThat(completions).extracting(Wc::status).containsOnly(WcStatus.WR_FLUSH_ERR);
        assertThat(completions)
                .extracting(Wc::wrId)
                .containsExactlyElementsOf(LongStream.range(firstId, firstId + completions.size())
                        .boxed()
                        .toList());
        assertThat(completions).extracting(Wc::qpNumber).containsOnly(end.number());
    }

    @Test
    default void shouldFlushReceivesWithoutSends(VerbsFixture fx) {
        End end = fx.end(fx.near(), QpRequest.rc());
        end.init(Wiring.none());
        end.postRecv(8, 8);
        end.to(QpState.ERR);
        assertThat(end.awaitRecv(WcStatus.WR_FLUSH_ERR).wrId()).isEqualTo(8);
    }

    @Test
    default void shouldForgetWhatWasPostedInReset(VerbsFixture fx) {
        End near = fx.end(fx.near(), QpRequest.rc());
        near.connect(Wiring.to(fx.far().address(), 0xabcdef, 1, 2).retries(22, 7));
        near.postRecv(0, 8);
        near.post(Send.send(1, near.region().part(0, 8)));
        near.to(QpState.RESET);
        near.assertNothingCompleted();
        assertThat(near.state()).isEqualTo(QpState.RESET);
    }

    @Test
    default void shouldForgetUnreadCompletionsInReset(VerbsFixture fx) {
        assumeThat(fx.traits().resetForgetsCompletions())
                .as("RESET forgets completions")
                .isTrue();
        Pair pair = fx.rcPair();
        End near = pair.near();
        for (int round = 1; round <= 3; round++) {
            for (int i = 0; i < 3; i++) {
                near.postRecv(i * 64, 64);
                pair.far().post(Send.send(i, pair.far().region().part(0, 40)));
                near.post(Send.write(i, near.region().part(0, 8), pair.far().region(), 0));
            }
            pair.far().awaitSends(3);
            near.to(round % 2 == 0 ? QpState.ERR : QpState.RESET);
            near.to(QpState.RESET);
            pair.far().to(QpState.RESET);
            near.assertNothingCompleted();
            pair.connected();
            near.assertNothingCompleted();
            near.postRecv(1024, 64);
            byte[] bytes = fx.bytes(9);
            pair.far().write(0, bytes);
            pair.far().post(Send.send(9, pair.far().region().part(0, 9)));
            pair.far().awaitSend(WcStatus.SUCCESS);
            Wc wc = near.awaitRecv(WcStatus.SUCCESS);
            assertThat(wc.wrId()).isEqualTo(1024);
            assertThat(wc.byteLength()).isEqualTo(9);
            assertThat(near.read(1024, 9)).isEqualTo(bytes);
            near.assertNothingCompleted();
        }
    }

    @Test
    default void shouldCarryTrafficAgainAfterReset(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        for (int round = 1; round <= 5; round++) {
            for (int i = 0; i < 3; i++) {
                pair.far().postRecv(i * 64, 64);
                pair.near().post(Send.send(i, pair.near().region().part(0, round)));
            }
            assertThat(pair.far().awaitRecvs(3)).extracting(Wc::byteLength).containsOnly(round);
            assertThat(pair.near().awaitSends(3)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            pair.far().postRecv(0, 64); // of no more use: RESET forgets it
            pair.near().to(round % 2 == 0 ? QpState.ERR : QpState.RESET);
            pair.near().to(QpState.RESET);
            pair.far().to(QpState.RESET);
            pair.connected();
        }
        pair.far().assertNothingCompleted();
    }

    @Test
    default void shouldUseEverySlotAgainAfterReset(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        int depth = fx.near().qp(pair.near().qp().handle()).capabilities().maxSendWr();
        for (int i = 0; i < depth; i++) {
            pair.near().post(Send.of(io.openib.verbs.WrOpcode.RDMA_WRITE, i).flags(0));
        }
        pair.near().to(QpState.RESET);
        pair.far().to(QpState.RESET);
        pair.connected();
        for (int i = 0; i < depth; i++) {
            pair.near().post(Send.of(io.openib.verbs.WrOpcode.RDMA_WRITE, i));
        }
        assertThat(pair.near().awaitSends(depth)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
    }

    @Test
    default void shouldDestroyAQueuePairWithWorkInSilence(VerbsFixture fx) {
        int cq = fx.near().createCq(64);
        End doomed = fx.end(fx.near(), QpRequest.rc().cqs(cq, cq));
        doomed.connect(Wiring.to(fx.far().address(), 0xabcdef, 1, 2).retries(22, 7));
        doomed.postRecv(0, 8);
        doomed.post(Send.send(1, doomed.region().part(0, 8)));
        fx.near().close(doomed.qp().handle());
        assertThat(fx.near().await(cq, 1, 20)).isEmpty();
        Pair pair =
                new Pair(fx.end(fx.near(), QpRequest.rc().cqs(cq, cq)), fx.end(fx.far(), QpRequest.rc())).connected();
        pair.near()
                .post(Send.write(2, pair.near().region().part(0, 8), pair.far().region(), 0));
        assertThat(pair.near().awaitSend(WcStatus.SUCCESS).wrId()).isEqualTo(2);
    }

    @Test
    default void shouldLeaveOtherQueuePairsOfAFailedOnesQueueAlone(VerbsFixture fx) {
        int cq = fx.near().createCq(256);
        Pair failing =
                new Pair(fx.end(fx.near(), QpRequest.rc().cqs(cq, cq)), fx.end(fx.far(), QpRequest.rc())).connected();
        Pair sound =
                new Pair(fx.end(fx.near(), QpRequest.rc().cqs(cq, cq)), fx.end(fx.far(), QpRequest.rc())).connected();
        failing.near().postRecv(0, 8);
        failing.near().to(QpState.ERR);
        sound.near()
                .post(Send.write(
                        2, sound.near().region().part(0, 8), sound.far().region(), 0));
        List<Wc> both = sound.near().awaitSends(2);
        assertThat(both)
                .filteredOn(wc -> wc.qpNumber() == sound.near().number())
                .extracting(Wc::status)
                .containsExactly(WcStatus.SUCCESS);
    }
}
