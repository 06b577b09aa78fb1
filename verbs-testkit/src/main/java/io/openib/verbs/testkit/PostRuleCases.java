package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.Errno;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import io.openib.verbs.QueuePair;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What may be posted, when, and how much of it. pyverbs has these as the {@code *_bad_flow} cases of {@code test_qpex}. */
interface PostRuleCases extends VerbsContract {
    @Test
    default void shouldTakeReceivesFromInitOn(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        RecvWorkRequest wr = qp.newRecvRequest(1).wrId(1).sgeCount(0);
        assertThat(qp.post(wr)).isEqualTo(-Errno.EINVAL);
        pair.near().init(Wiring.none());
        assertThat(qp.post(wr)).isZero();
        Wiring wiring = pair.near().towards(pair.far());
        pair.near().rtr(wiring);
        assertThat(qp.post(wr)).isZero();
        pair.near().rts(wiring);
        assertThat(qp.post(wr)).isZero();
    }

    @Test
    default void shouldTakeSendsOnlyInRts(VerbsFixture fx) {
        assumeThat(fx.traits().checksStateOnPost())
                .as("the state is checked on post")
                .isTrue();
        int handle = fx.near().createAddressHandle(fx.far().address());
        for (QpRequest request : new QpRequest[] {QpRequest.rc(), QpRequest.ud()}) {
            Pair pair = fx.pair(request);
            int qp = pair.near().qp().handle();
            Send send = Send.send(1);
            if (request.type() == QpType.UD) {
                send.destination(handle, pair.far().number(), Wiring.QKEY);
            }
            Wiring wiring = pair.near().towards(pair.far());
            assertThat(fx.near().post(qp, send)).isEqualTo(-Errno.EINVAL);
            pair.near().init(wiring);
            assertThat(fx.near().post(qp, send)).isEqualTo(-Errno.EINVAL);
            pair.near().rtr(wiring);
            assertThat(fx.near().post(qp, send)).isEqualTo(-Errno.EINVAL);
            pair.near().rts(wiring);
            assertThat(fx.near().post(qp, send)).isZero();
        }
    }

    @Test
    default void shouldKeepSendsThatArePostedInSqdUntilRts(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        byte[] bytes = fx.bytes(300);
        pair.near().write(0, bytes);
        pair.far().postRecv(0, 64);
        pair.near().to(QpState.SQD);
        QueuePairStateCases.awaitDrained(fx.near().qp(pair.near().qp().handle()));
        pair.near().post(Send.send(1, pair.near().region().part(0, 8)));
        pair.near()
                .post(Send.write(
                        2, pair.near().region().part(0, 300), pair.far().region(), 1024));
        assertThat(fx.near().await(pair.near().qp().sendCq(), 1, CompletionEventCases.QUIET_MS))
                .isEmpty();
        assertThat(pair.far().read(1024, 300)).containsOnly(0);
        pair.far().assertNothingCompleted();
        pair.near().to(QpState.RTS);
        if (!fx.traits().answersToTheLetter()) {
            pair.near().post(Send.of(WrOpcode.RDMA_WRITE, 3).flags(0)); // rxe looks at its queue with the next one only
        }
        assertThat(pair.near().awaitSends(2)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        pair.far().awaitRecv(WcStatus.SUCCESS);
        assertThat(pair.far().read(1024, 300)).isEqualTo(bytes);
    }

    @Test
    default void shouldRefuseMoreEntriesThanTheQueuePairHas(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        int sendSges = qp.capabilities().maxSendSge();
        int recvSges = qp.capabilities().maxRecvSge();
        assertThat(qp.post(qp.newSendRequest(sendSges).opcode(WrOpcode.SEND).sgeCount(sendSges + 1)))
                .isEqualTo(-Errno.EINVAL);
        assertThat(qp.post(qp.newRecvRequest(recvSges).sgeCount(recvSges + 1))).isEqualTo(-Errno.EINVAL);
        pair.near().assertNothingCompleted();
        assertThat(pair.near().state()).isEqualTo(QpState.RTS);
    }

    @Test
    default void shouldRefuseMoreInlineDataThanTheQueuePairTakes(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        int most = fx.near().qp(pair.near().qp().handle()).capabilities().maxInlineData();
        Region region = pair.near().region();
        pair.far().postRecv(0, most + 1);
        Send tooLong = Send.send(1, region.part(0, most), region.part(most, 1));
        assertThat(fx.near().post(pair.near().qp().handle(), tooLong.flags(SendFlag.INLINE)))
                .isEqualTo(-Errno.EINVAL);
        pair.near().post(Send.send(2, region.part(0, most)).flags(SendFlag.INLINE | SendFlag.SIGNALED));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(pair.far().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(most);
    }

    @Test
    default void shouldTakeInlineDataAtPostAndNotLookAtItsKey(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        Wiring patient = pair.near().towards(pair.far()).retries(17, 7);
        pair.near().connect(patient);
        byte[] bytes = fx.bytes(32);
        pair.near().write(0, bytes);
        Sge strangeKey =
                new Sge(pair.near().region().address(), 32, pair.near().region().lkey() ^ 0x5a5a5a);
        pair.near().post(Send.send(1, strangeKey).flags(SendFlag.INLINE | SendFlag.SIGNALED));
        pair.near().write(0, new byte[32]);
        pair.far().init(Wiring.none());
        pair.far().postRecv(0, 64);
        pair.far().rtr(pair.far().towards(pair.near()));
        pair.near().awaitSend(WcStatus.SUCCESS);
        pair.far().awaitRecv(WcStatus.SUCCESS);
        assertThat(pair.far().read(0, 32)).isEqualTo(bytes);
    }

    /** Of every kind of memory, and with each way to end: whole words and single bytes. */
    @Test
    default void shouldSendInlineDataOfMemoryThatIsNotRegistered(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        int most = qp.capabilities().maxInlineData() - Long.BYTES;
        byte[] bytes = fx.bytes(most + 3);
        SendWorkRequest wr = qp.newSendRequest(1).opcode(WrOpcode.SEND).flags(SendFlag.SIGNALED);
        for (int length = 0; length <= most; length++) {
            ByteBuffer data = length % 2 == 0 ? ByteBuffer.allocate(most + 3) : ByteBuffer.allocateDirect(most + 3);
            data.put(0, bytes);
            pair.far().write(0, new byte[most + 16]);
            pair.far().postRecv(0, most + 16);

            assertThat(qp.post(wr.inline(~length, data, 3, length))).isZero();
            data.put(0, new byte[most + 3]);

            pair.near().awaitSend(WcStatus.SUCCESS);
            assertThat(pair.far().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(Long.BYTES + length);
            ByteBuffer expected = ByteBuffer.allocate(most + 16).order(ByteOrder.nativeOrder());
            expected.putLong(0, ~length).put(Long.BYTES, bytes, 3, length);
            assertThat(pair.far().read(0, most + 16)).isEqualTo(expected.array());
        }
    }

    @Test
    default void shouldRefuseMoreThanTheQueuePairTakesWithItsHead(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        int most = fx.near().qp(pair.near().qp().handle()).capabilities().maxInlineData();
        pair.far().postRecv(0, most + 1);
        Send tooLong = Send.of(WrOpcode.SEND, 1).inline(1, new byte[most - Long.BYTES + 1]);
        assertThat(fx.near().post(pair.near().qp().handle(), tooLong)).isEqualTo(-Errno.EINVAL);
        Send read = Send.read(1, pair.near().region().part(0, 8), pair.far().region(), 0)
                .inline(1, new byte[0]);
        assertThat(fx.near().post(pair.near().qp().handle(), read)).isEqualTo(-Errno.EINVAL);
        pair.near().post(Send.of(WrOpcode.SEND, 2).inline(1, new byte[most - Long.BYTES]));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(pair.far().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(most);
    }

    /** It waits for the peer, and is followed by one of entries with the same request. */
    @Test
    default void shouldKeepInlineDataOfMemoryThatIsNotRegistered(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        Wiring patient = pair.near().towards(pair.far()).retries(17, 7);
        pair.near().connect(patient);
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        byte[] bytes = fx.bytes(32);
        pair.near().write(0, bytes);
        ByteBuffer data = ByteBuffer.wrap(bytes.clone());
        Sge entry = pair.near().region().part(0, 32);
        SendWorkRequest wr = qp.newSendRequest(1).opcode(WrOpcode.SEND).sge(0, entry.address(), 32, entry.lkey());

        assertThat(qp.post(wr.inline(7, data, 0, 16).flags(SendFlag.SIGNALED))).isZero();
        data.put(0, new byte[32]);
        assertThat(qp.post(wr.sgeCount(1))).isZero();
        pair.far().init(Wiring.none());
        pair.far().postRecv(0, 64);
        pair.far().postRecv(64, 64);
        pair.far().rtr(pair.far().towards(pair.near()));

        pair.near().awaitSends(2);
        assertThat(pair.far().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(24);
        assertThat(pair.far().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(32);
        assertThat(pair.far().read(8, 16)).isEqualTo(Arrays.copyOf(bytes, 16));
        assertThat(pair.far().read(64, 32)).isEqualTo(bytes);
    }

    @Test
    default void shouldWriteInlineData(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        byte[] bytes = fx.bytes(24);
        pair.near().write(100, bytes);
        pair.near()
                .post(Send.write(
                                1,
                                pair.near().region().part(100, 24),
                                pair.far().region(),
                                8)
                        .flags(SendFlag.INLINE | SendFlag.SIGNALED));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(pair.far().read(8, 24)).isEqualTo(bytes);
    }

    @Test
    default void shouldKeepNoReferenceToARequest(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        Region region = pair.near().region();
        byte[] bytes = fx.bytes(160);
        pair.near().write(0, bytes);
        SendWorkRequest wr = qp.newSendRequest(1)
                .opcode(WrOpcode.SEND)
                .flags(SendFlag.SIGNALED)
                .sgeCount(1);
        for (int i = 0; i < 10; i++) {
            // Nothing is posted at the peer yet, so every one of them waits while the next is written over it.
            assertThat(qp.post(wr.wrId(i).sge(0, region.address() + 16L * i, 16, region.lkey())))
                    .isZero();
        }
        wr.wrId(-1).sge(0, 0, 0, 0).opcode(WrOpcode.RDMA_READ);
        for (int i = 0; i < 10; i++) {
            pair.far().postRecv(16 * i, 16);
        }
        assertThat(pair.near().awaitSends(10))
                .extracting(Wc::wrId)
                .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        pair.far().awaitRecvs(10);
        assertThat(pair.far().read(0, 160)).isEqualTo(bytes);
    }

    @Test
    default void shouldHoldNoMoreReceivesThanItsDepth(VerbsFixture fx) {
        assumeThat(fx.traits().holdsExactDepths()).as("depths are exact").isTrue();
        End end = fx.end(fx.near(), QpRequest.rc());
        end.init(Wiring.none());
        int depth = fx.near().qp(end.qp().handle()).capabilities().maxRecvWr();
        for (int i = 0; i < depth; i++) {
            end.postRecv(i, 8);
        }
        assertThat(fx.near().postRecv(end.qp().handle(), Recv.into(depth))).isEqualTo(-Errno.ENOMEM);
    }

    @Test
    default void shouldFreeSendSlotsOnlyWhenALaterSignalledCompletionWasPolled(VerbsFixture fx) {
        assumeThat(fx.traits().slotsFreeOnlyWhenPolled())
                .as("slots are free only when polled")
                .isTrue();
        Pair pair = fx.rcPair();
        int handle = pair.near().qp().handle();
        int depth = fx.near().qp(handle).capabilities().maxSendWr();
        Send unsignalled = Send.of(WrOpcode.RDMA_WRITE, 1).flags(0);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < depth - 1; i++) {
                pair.near().post(unsignalled);
            }
            pair.near().post(marker(pair, round + 1));
            awaitMarker(pair, round + 1);
            assertThat(fx.near().post(handle, unsignalled))
                    .as("before the poll")
                    .isEqualTo(-Errno.ENOMEM);
            pair.near().awaitSend(WcStatus.SUCCESS);
        }
    }

    @Test
    default void shouldNeverFreeSendSlotsWithoutASignalledCompletion(VerbsFixture fx) {
        assumeThat(fx.traits().slotsFreeOnlyWhenPolled())
                .as("slots are free only when polled")
                .isTrue();
        Pair pair = fx.rcPair();
        int handle = pair.near().qp().handle();
        int depth = fx.near().qp(handle).capabilities().maxSendWr();
        for (int i = 1; i <= depth; i++) {
            pair.near().post(marker(pair, i).flags(0));
        }
        awaitMarker(pair, depth);
        pair.near().assertNothingCompleted();
        assertThat(fx.near().post(handle, marker(pair, 0))).isEqualTo(-Errno.ENOMEM);
    }

    /** What is short may go another way through a device. */
    @Test
    default void shouldCountShortAndInlineSendsAsAnyOther(VerbsFixture fx) {
        assumeThat(fx.traits().slotsFreeOnlyWhenPolled())
                .as("slots are free only when polled")
                .isTrue();
        for (int flags : new int[] {0, SendFlag.INLINE}) {
            Pair pair = fx.rcPair();
            int depth = fx.near().qp(pair.near().qp().handle()).capabilities().maxSendWr();
            Send shortOne = Send.send(1, pair.near().region().part(0, 8)).flags(flags);
            for (int i = 0; i < depth; i++) {
                pair.far().postRecv(0, 8);
                pair.near().post(shortOne);
                pair.far().awaitRecv(WcStatus.SUCCESS);
            }
            assertThat(fx.near().post(pair.near().qp().handle(), shortOne))
                    .as("flags %d", flags)
                    .isEqualTo(-Errno.ENOMEM);
        }
    }

    @Test
    default void shouldFreeOnlyTheSlotsBeforeTheCompletionThatWasPolled(VerbsFixture fx) {
        assumeThat(fx.traits().slotsFreeOnlyWhenPolled())
                .as("slots are free only when polled")
                .isTrue();
        Pair pair = fx.rcPair();
        int handle = pair.near().qp().handle();
        int depth = fx.near().qp(handle).capabilities().maxSendWr();
        for (int i = 0; i < depth; i++) {
            pair.near().post(marker(pair, i + 1).flags(i == 4 ? SendFlag.SIGNALED : 0));
        }
        awaitMarker(pair, depth);
        pair.near().awaitSend(WcStatus.SUCCESS);
        for (int i = 0; i < 5; i++) {
            assertThat(fx.near().post(handle, marker(pair, 0).flags(0))).isZero();
        }
        assertThat(fx.near().post(handle, marker(pair, 0))).isEqualTo(-Errno.ENOMEM);
    }

    /** Writes a value to the far region: seen there, everything posted before it has been carried out. */
    private static Send marker(Pair pair, int value) {
        pair.near()
                .write(
                        8 * (value % 1000),
                        java.nio.ByteBuffer.allocate(8).putLong(value).array());
        return Send.write(
                value,
                pair.near().region().part(8L * (value % 1000), 8),
                pair.far().region(),
                0);
    }

    private static void awaitMarker(Pair pair, int value) {
        byte[] wanted = java.nio.ByteBuffer.allocate(8).putLong(value).array();
        assertThat(Deadline.await(
                        End.WAIT_MS, () -> java.util.Arrays.equals(pair.far().read(0, 8), wanted)))
                .as("the write of %d arrives", value)
                .isTrue();
    }

    @Test
    default void shouldPostChainsAndTellHowManyWentIn(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        SendWorkRequest[] chain = new SendWorkRequest[4];
        for (int i = 0; i < chain.length; i++) {
            chain[i] = qp.newSendRequest(1)
                    .wrId(i)
                    .opcode(WrOpcode.RDMA_WRITE)
                    .sgeCount(0)
                    .flags(SendFlag.SIGNALED);
        }
        assertThat(qp.postChain(chain, 3)).isEqualTo(3);
        assertThat(pair.near().awaitSends(3)).extracting(Wc::wrId).containsExactly(0L, 1L, 2L);
        chain[2].opcode(77);
        assertThat(qp.postChain(chain, 4)).as("up to the one refused").isEqualTo(2);
        assertThat(pair.near().awaitSends(2)).extracting(Wc::wrId).containsExactly(0L, 1L);
        chain[0].opcode(77);
        assertThat(qp.postChain(chain, 4)).isEqualTo(-Errno.EINVAL);
        RecvWorkRequest[] receives = {
            qp.newRecvRequest(1).wrId(1).sgeCount(0),
            qp.newRecvRequest(1).wrId(2).sgeCount(0)
        };
        assertThat(qp.postChain(receives, 2)).isEqualTo(2);
        pair.near().to(QpState.ERR);
        assertThat(pair.near().awaitRecvs(2)).extracting(Wc::wrId).containsExactly(1L, 2L);
    }

    /** There is nothing to be sent at once. */
    @Test
    default void shouldRefuseInlineReads(VerbsFixture fx) {
        assumeThat(fx.traits().answersToTheLetter()).as("the specified answer").isTrue();
        Pair pair = fx.rcPair();
        Send read = Send.read(1, pair.near().region().part(0, 8), pair.far().region(), 0)
                .flags(SendFlag.INLINE | SendFlag.SIGNALED);
        assertThat(fx.near().post(pair.near().qp().handle(), read)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    default void shouldRefuseUnknownOpcodes(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        for (int opcode : new int[] {-1, 99}) {
            assertThat(fx.near().post(pair.near().qp().handle(), Send.of(opcode, 1)))
                    .as("opcode %d", opcode)
                    .isEqualTo(-Errno.EINVAL);
        }
    }
}
