package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.QpState;
import io.openib.verbs.WcFlag;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Wrong keys, bounds, access and lengths: the right status on the right side, and the queue pair in ERR. */
interface RcErrorCases extends VerbsContract {
    int LOCAL_WRITE = AccessFlag.LOCAL_WRITE.bit();

    @Test
    default void shouldEndALocalKeyThatIsNone(VerbsFixture fx) {
        assertLocal(fx, (pair, region) -> Send.send(1, new Sge(region.address(), 8, region.lkey() ^ 0x7f3f00)));
    }

    @Test
    default void shouldEndAGatherEntryBeyondItsRegion(VerbsFixture fx) {
        assertLocal(fx, (pair, region) -> Send.send(1, region.part(region.lengthBytes() - 7, 8)));
        assertLocal(fx, (pair, region) -> Send.send(1, region.part(-1, 8)));
        assertLocal(
                fx,
                (pair, region) ->
                        Send.write(1, region.part(0, 1 << 17), pair.far().region(), 0));
    }

    @Test
    default void shouldEndAReadIntoARegionWithoutLocalWrite(VerbsFixture fx) {
        assertLocal(fx, (pair, region) -> {
            Region readOnly = fx.near().allocate(4096, AccessFlag.REMOTE_READ.bit());
            return Send.read(1, readOnly.part(0, 8), pair.far().region(), 0);
        });
    }

    @Test
    default void shouldSendFromARegionWithoutAnyAccess(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region readOnly = fx.near().allocate(4096, 0);
        pair.far().postRecv(0, 8);
        pair.near().post(Send.send(1, readOnly.part(0, 8)));
        pair.near().awaitSend(WcStatus.SUCCESS);
    }

    private static void assertLocal(VerbsFixture fx, BiFunction<Pair, Region, Send> bad) {
        Pair pair = fx.rcPair();
        pair.far().postRecv(0, 64);
        pair.near().post(bad.apply(pair, pair.near().region()));
        Wc wc = fx.awaitLocalSendError(pair.near(), WcStatus.LOC_PROT_ERR);
        assertThat(wc.wrId()).isEqualTo(1);
        assertThat(wc.qpNumber()).isEqualTo(pair.near().number());
        pair.near().awaitState(QpState.ERR);
        assertThat(pair.far().side().poll(pair.far().qp().recvCq(), 1))
                .extracting(Wc::status)
                .doesNotContain(WcStatus.SUCCESS);
    }

    @Test
    default void shouldEndARemoteKeyThatIsNone(VerbsFixture fx) {
        for (int opcode : List.of(WrOpcode.RDMA_WRITE, WrOpcode.RDMA_READ)) {
            assertRemote(fx, (near, far) -> Send.of(opcode, 1)
                    .with(near.region().part(0, 8))
                    .remote(far.region().address(), far.region().rkey() ^ 0x7f3f00));
        }
    }

    @Test
    default void shouldEndRemoteMemoryBeyondItsRegion(VerbsFixture fx) {
        for (int opcode : List.of(WrOpcode.RDMA_WRITE, WrOpcode.RDMA_READ)) {
            for (long offset : new long[] {End.REGION_BYTES - 7, End.REGION_BYTES, -1, Long.MAX_VALUE / 2}) {
                assertRemote(fx, (near, far) -> Send.of(opcode, 1)
                        .with(near.region().part(0, 8))
                        .remote(far.region().address() + offset, far.region().rkey()));
            }
        }
    }

    @Test
    default void shouldEndWhatARegionDoesNotAllow(VerbsFixture fx) {
        assertRemote(fx, (near, far) -> {
            Region noWrite = far.side().allocate(4096, LOCAL_WRITE | AccessFlag.REMOTE_READ.bit());
            return Send.write(1, near.region().part(0, 8), noWrite, 0);
        });
        assertRemote(fx, (near, far) -> {
            Region noRead = far.side().allocate(4096, LOCAL_WRITE | AccessFlag.REMOTE_WRITE.bit());
            return Send.read(1, near.region().part(0, 8), noRead, 0);
        });
    }

    private static void assertRemote(VerbsFixture fx, BiFunction<End, End, Send> bad) {
        Pair pair = fx.rcPair();
        byte[] before = fx.bytes(64);
        pair.far().write(0, before);
        pair.near().post(bad.apply(pair.near(), pair.far()));
        assertThat(pair.near().awaitSend(WcStatus.REM_ACCESS_ERR).wrId()).isEqualTo(1);
        pair.near().awaitState(QpState.ERR);
        pair.far().awaitState(QpState.ERR);
        assertThat(pair.far().read(0, 64)).isEqualTo(before);
    }

    @Test
    default void shouldEndWhatTheQueuePairDoesNotAllow(VerbsFixture fx) {
        for (int opcode : List.of(WrOpcode.RDMA_WRITE, WrOpcode.RDMA_READ)) {
            Pair pair = fx.pair(QpRequest.rc());
            pair.connected(
                    pair.near().towards(pair.far()),
                    pair.far().towards(pair.near()).access(LOCAL_WRITE));
            Region far = pair.far().region();
            pair.near()
                    .post(Send.of(opcode, 1)
                            .with(pair.near().region().part(0, 8))
                            .remote(far.address(), far.rkey()));
            WcStatus status = pair.near().awaitSends(1).get(0).status();
            if (fx.traits().answersToTheLetter()) {
                assertThat(status).isEqualTo(WcStatus.REM_INV_REQ_ERR);
            } else {
                assertThat(status).isIn(WcStatus.REM_INV_REQ_ERR, WcStatus.REM_ACCESS_ERR);
            }
            pair.near().awaitState(QpState.ERR);
            pair.far().awaitState(QpState.ERR);
        }
    }

    @Test
    default void shouldEndAMessageLongerThanTheReceive(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        byte[] before = fx.bytes(128);
        pair.far().write(0, before);
        pair.far().postRecv(0, 64);
        pair.near().post(Send.send(1, pair.near().region().part(0, 65)));
        assertThat(fx.awaitLocalRecvError(pair.far(), WcStatus.LOC_LEN_ERR).wrId())
                .isZero();
        WcStatus atSender = pair.near().awaitSends(1).get(0).status();
        if (fx.traits().tellsLocalErrorsApart()) {
            assertThat(atSender).isEqualTo(WcStatus.REM_INV_REQ_ERR);
        } else {
            assertThat(atSender).isIn(WcStatus.REM_INV_REQ_ERR, WcStatus.REM_OP_ERR);
        }
        pair.near().awaitState(QpState.ERR);
        pair.far().awaitState(QpState.ERR);
        assertThat(pair.far().read(64, 64))
                .as("memory behind the receive")
                .isEqualTo(java.util.Arrays.copyOfRange(before, 64, 128));
    }

    @Test
    default void shouldEndAReceiveThatIsNotWithinARegion(VerbsFixture fx) {
        for (boolean isKeyWrong : new boolean[] {true, false}) {
            Pair pair = fx.rcPair();
            Region region = pair.far().region();
            Sge bad = isKeyWrong
                    ? new Sge(region.address(), 64, region.lkey() ^ 0x7f3f00)
                    : region.part(region.lengthBytes() - 8, 64);
            pair.far().post(Recv.into(7, bad));
            pair.near().post(Send.send(1, pair.near().region().part(0, 64)));
            assertThat(fx.awaitLocalRecvError(pair.far(), WcStatus.LOC_PROT_ERR).wrId())
                    .isEqualTo(7);
            pair.near().awaitSend(WcStatus.REM_OP_ERR);
            pair.far().awaitState(QpState.ERR);
        }
    }

    @Test
    default void shouldEndAReceiveIntoARegionWithoutLocalWrite(VerbsFixture fx) {
        for (int length : new int[] {1, 64, 4096}) {
            Pair pair = fx.rcPair();
            Region readOnly = pair.far().side().allocate(4096, AccessFlag.REMOTE_READ.bit());
            pair.near().write(0, fx.bytes(length));
            pair.far().post(Recv.into(7, readOnly.part(0, 4096)));
            pair.near().post(Send.send(1, pair.near().region().part(0, length)));
            fx.awaitLocalRecvError(pair.far(), WcStatus.LOC_PROT_ERR);
            pair.near().awaitSend(WcStatus.REM_OP_ERR);
            assertThat(pair.far().side().read(readOnly.handle(), 0, length)).containsOnly(0);
        }
    }

    /** The owner of the memory did nothing and hears of it all the same. */
    @Test
    default void shouldTellTheTargetThatAPeerReachedForWhatItMayNot(VerbsFixture fx) throws InterruptedException {
        assumeThat(fx.traits().answersToTheLetter()).as("the specified answer").isTrue();
        Pair pair = fx.rcPair();
        Region near = pair.near().region();
        pair.far()
                .post(Send.of(WrOpcode.RDMA_WRITE, 1)
                        .with(pair.far().region().part(0, 8))
                        .remote(near.address(), near.rkey() ^ 0x7f3f00));
        pair.far().awaitSend(WcStatus.REM_ACCESS_ERR);
        pair.near().awaitState(QpState.ERR);
        AsyncEvent event = Objects.requireNonNull(fx.device().nextAsyncEvent(End.WAIT_MS), "no event");
        assertThat(event.type()).isEqualTo(AsyncEventType.QP_ACCESS_ERR);
        assertThat(event.element()).isSameAs(fx.near().qp(pair.near().qp().handle()));
    }

    @Test
    default void shouldRefuseReadsWhereNoneMayBeOutstanding(VerbsFixture fx) {
        assumeThat(fx.traits().answersToTheLetter()).as("the specified answer").isTrue();
        Pair pair = fx.pair(QpRequest.rc());
        pair.connected(
                pair.near().towards(pair.far()).rdAtomic(0, 4), pair.far().towards(pair.near()));
        pair.near()
                .post(Send.read(1, pair.near().region().part(0, 8), pair.far().region(), 0));
        pair.near().awaitSend(WcStatus.LOC_QP_OP_ERR);
        pair.near().awaitState(QpState.ERR);
        assertThat(pair.far().state()).as("the target takes no harm").isEqualTo(QpState.RTS);
    }

    @Test
    default void shouldRefuseReadsThatTheTargetDoesNotAnswer(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        pair.connected(
                pair.near().towards(pair.far()), pair.far().towards(pair.near()).rdAtomic(4, 0));
        pair.near()
                .post(Send.read(1, pair.near().region().part(0, 8), pair.far().region(), 0));
        pair.near().awaitSend(WcStatus.REM_INV_REQ_ERR);
    }

    @Test
    default void shouldTellNothingBesideTheErrorOfAFailure(VerbsFixture fx) {
        assumeThat(fx.traits().poisonsFailures()).as("failures are poisoned").isTrue();
        Pair pair = fx.rcPair();
        pair.near().postRecv(0, 8);
        pair.far().postRecv(0, 8);
        pair.near().post(Send.send(1, pair.near().region().part(0, 64)));
        pair.near().post(Send.send(2, pair.near().region().part(0, 64)));
        List<Wc> atNear = pair.near().awaitSends(3);
        Wc atFar = pair.far().awaitRecv(WcStatus.LOC_LEN_ERR);
        assertThat(atNear)
                .extracting(Wc::status)
                .containsExactlyInAnyOrder(WcStatus.REM_INV_REQ_ERR, WcStatus.WR_FLUSH_ERR, WcStatus.WR_FLUSH_ERR);
        atNear.forEach(wc -> assertPoisoned(wc, pair.near()));
        assertPoisoned(atFar, pair.far());
    }

    private static void assertPoisoned(Wc wc, End end) {
        assertThat(wc.qpNumber()).isEqualTo(end.number());
        assertThat(wc.vendorError()).as("vendor_err").isNotZero();
        assertThat(wc.opcode())
                .as("an opcode that is none")
                .isNotIn(
                        WcOpcode.SEND,
                        WcOpcode.RDMA_WRITE,
                        WcOpcode.RDMA_READ,
                        WcOpcode.COMP_SWAP,
                        WcOpcode.FETCH_ADD,
                        WcOpcode.RECV,
                        WcOpcode.RECV_RDMA_WITH_IMM);
        assertThat(wc.byteLength()).as("a length that is none").isNegative();
        assertThat(wc.sourceQp()).as("a number that is none").isNegative();
        assertThat(wc.flags() & ~(WcFlag.GRH | WcFlag.WITH_IMM))
                .as("flags that are none")
                .isNotZero();
    }

    @Test
    default void shouldFlushWhatFollowsAFailure(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        pair.near().postRecv(0, 8);
        pair.near().postRecv(8, 8);
        pair.near()
                .post(Send.write(1, pair.near().region().part(0, 8), pair.far().region(), 0)
                        .flags(0));
        pair.near()
                .post(Send.of(WrOpcode.RDMA_WRITE, 2)
                        .with(pair.near().region().part(0, 8))
                        .remote(
                                pair.far().region().address(),
                                pair.far().region().rkey() ^ 0x7f3f00)
                        .flags(0));
        Wc failed = pair.near()
                .side()
                .await(pair.near().qp().sendCq(), 1, End.WAIT_MS)
                .get(0);
        assertThat(failed.wrId())
                .as("an error completes although not signalled")
                .isEqualTo(2);
        assertThat(failed.status()).isEqualTo(WcStatus.REM_ACCESS_ERR);
        List<Wc> flushed = pair.near().awaitRecvs(2);
        assertThat(flushed).extracting(Wc::status).containsOnly(WcStatus.WR_FLUSH_ERR);
        assertThat(flushed).extracting(Wc::wrId).containsExactly(0L, 8L);
    }
}
