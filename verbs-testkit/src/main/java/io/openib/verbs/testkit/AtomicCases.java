package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AtomicCapability;
import io.openib.verbs.QpState;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Compare-and-swap and fetch-and-add. */
interface AtomicCases extends VerbsContract {
    int OLD = 1024;

    private static Pair open(VerbsFixture fx) {
        assumeThat(fx.device().attributes().atomicCapability())
                .as("the device has atomics")
                .isNotEqualTo(AtomicCapability.NONE);
        return fx.rcPair();
    }

    private static void set(End end, int offset, long value) {
        end.write(
                offset,
                ByteBuffer.allocate(8)
                        .order(ByteOrder.nativeOrder())
                        .putLong(value)
                        .array());
    }

    private static long get(End end, int offset) {
        return ByteBuffer.wrap(end.read(offset, 8))
                .order(ByteOrder.nativeOrder())
                .getLong();
    }

    private static Sge old(Pair pair) {
        return pair.near().region().part(OLD, 8);
    }

    /** pyverbs {@code test_atomic_cmp_and_swap}. */
    @Test
    default void shouldSwapOnlyWhatCompares(VerbsFixture fx) {
        Pair pair = open(fx);
        set(pair.far(), 8, 5);
        pair.near().post(Send.compareAndSwap(1, old(pair), pair.far().region(), 8, 5, -7));
        Wc wc = pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(wc.opcode()).isEqualTo(WcOpcode.COMP_SWAP);
        assertThat(get(pair.near(), OLD)).isEqualTo(5);
        assertThat(get(pair.far(), 8)).isEqualTo(-7);
        pair.near().post(Send.compareAndSwap(2, old(pair), pair.far().region(), 8, 5, 99));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(get(pair.near(), OLD)).isEqualTo(-7);
        assertThat(get(pair.far(), 8)).isEqualTo(-7);
        pair.far().assertNothingCompleted();
    }

    /** pyverbs {@code test_atomic_fetch_and_add}. */
    @Test
    default void shouldAddAndGiveTheOldValue(VerbsFixture fx) {
        Pair pair = open(fx);
        set(pair.far(), 16, Long.MAX_VALUE);
        pair.near().post(Send.fetchAndAdd(1, old(pair), pair.far().region(), 16, 1));
        assertThat(pair.near().awaitSend(WcStatus.SUCCESS).opcode()).isEqualTo(WcOpcode.FETCH_ADD);
        assertThat(get(pair.near(), OLD)).isEqualTo(Long.MAX_VALUE);
        assertThat(get(pair.far(), 16)).as("it wraps").isEqualTo(Long.MIN_VALUE);
        pair.near().post(Send.fetchAndAdd(2, old(pair), pair.far().region(), 16, -2));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(get(pair.far(), 16)).isEqualTo(Long.MAX_VALUE - 1);
    }

    @Test
    default void shouldScatterTheOldValue(VerbsFixture fx) {
        Pair pair = open(fx);
        set(pair.far(), 8, 0x1122334455667788L);
        Region near = pair.near().region();
        pair.near()
                .post(Send.fetchAndAdd(1, old(pair), pair.far().region(), 8, 0)
                        .with(near.part(100, 3), near.part(200, 5)));
        pair.near().awaitSend(WcStatus.SUCCESS);
        byte[] all = new byte[8];
        System.arraycopy(pair.near().read(100, 3), 0, all, 0, 3);
        System.arraycopy(pair.near().read(200, 5), 0, all, 3, 5);
        assertThat(all).isEqualTo(pair.far().read(8, 8));
    }

    /** pyverbs {@code test_atomic_non_aligned_addr}. */
    @Test
    default void shouldRefuseAnAddressThatIsNotAligned(VerbsFixture fx) {
        for (int offset = 1; offset < 8; offset += 3) {
            Pair pair = open(fx);
            set(pair.far(), 8, 3L);
            Send send = Send.fetchAndAdd(1, old(pair), pair.far().region(), 8L + offset, 1);
            int posted = fx.near().post(pair.near().qp().handle(), send);
            if (fx.traits().answersToTheLetter()) {
                assertThat(posted).isZero();
            }
            if (posted == 0) {
                pair.near().awaitSend(WcStatus.REM_INV_REQ_ERR);
                pair.near().awaitState(QpState.ERR);
                pair.far().awaitState(QpState.ERR);
            }
            assertThat(get(pair.far(), 8)).isEqualTo(3);
        }
    }

    @Test
    default void shouldRefuseALengthOtherThanEightBytes(VerbsFixture fx) {
        for (int length : new int[] {0, 4, 7, 16}) {
            Pair pair = open(fx);
            set(pair.far(), 8, 3L);
            Send send = Send.fetchAndAdd(
                    1, pair.near().region().part(OLD, length), pair.far().region(), 8, 1);
            int posted = fx.near().post(pair.near().qp().handle(), send);
            if (fx.traits().answersToTheLetter()) {
                assertThat(posted).isZero();
                pair.near().awaitSend(WcStatus.LOC_LEN_ERR);
                assertThat(pair.far().state()).as("the target takes no harm").isEqualTo(QpState.RTS);
            } else if (posted == 0) {
                assertThat(pair.near().awaitSends(1).get(0).status())
                        .isIn(WcStatus.LOC_LEN_ERR, WcStatus.LOC_QP_OP_ERR);
            }
            assertThat(get(pair.far(), 8)).as("%d bytes", length).isEqualTo(3);
        }
    }

    /** pyverbs {@code test_atomic_invalid_lkey}. */
    @Test
    default void shouldRefuseAnAtomicWithAWrongLocalKey(VerbsFixture fx) {
        Pair pair = open(fx);
        Region near = pair.near().region();
        Sge bad = new Sge(near.address() + OLD, 8, near.lkey() ^ 0x7f3f00);
        pair.near().post(Send.fetchAndAdd(1, bad, pair.far().region(), 8, 1));
        fx.awaitLocalSendError(pair.near(), WcStatus.LOC_PROT_ERR);
    }

    /** pyverbs {@code test_atomic_invalid_rkey}. */
    @Test
    default void shouldRefuseAnAtomicWithAWrongRemoteKey(VerbsFixture fx) {
        Pair pair = open(fx);
        Region far = pair.far().region();
        pair.near().post(Send.fetchAndAdd(1, old(pair), far, 8, 1).remote(far.address() + 8, far.rkey() ^ 0x7f3f00));
        pair.near().awaitSend(WcStatus.REM_ACCESS_ERR);
        assertThat(get(pair.far(), 8)).isZero();
    }

    @Test
    default void shouldRefuseAnAtomicBeyondItsRegion(VerbsFixture fx) {
        Pair pair = open(fx);
        pair.near().post(Send.fetchAndAdd(1, old(pair), pair.far().region(), End.REGION_BYTES, 1));
        pair.near().awaitSend(WcStatus.REM_ACCESS_ERR);
    }

    /** pyverbs {@code test_atomic_invalid_mr_access}. */
    @Test
    default void shouldRefuseAnAtomicOnARegionThatDoesNotAllowIt(VerbsFixture fx) {
        Pair pair = open(fx);
        Region noAtomics = fx.far()
                .allocate(
                        4096,
                        AccessFlag.LOCAL_WRITE.bit() | AccessFlag.REMOTE_WRITE.bit() | AccessFlag.REMOTE_READ.bit());
        pair.near().post(Send.compareAndSwap(1, old(pair), noAtomics, 0, 0, 1));
        pair.near().awaitSend(WcStatus.REM_ACCESS_ERR);
        assertThat(fx.far().read(noAtomics.handle(), 0, 8)).containsOnly(0);
    }

    /** pyverbs {@code test_atomic_invalid_qp_access}. */
    @Test
    default void shouldRefuseAnAtomicOnAQueuePairThatDoesNotAllowIt(VerbsFixture fx) {
        open(fx);
        Pair pair = fx.pair(QpRequest.rc());
        pair.connected(
                pair.near().towards(pair.far()),
                pair.far().towards(pair.near()).access(AccessFlag.LOCAL_WRITE.bit() | AccessFlag.REMOTE_WRITE.bit()));
        pair.near().post(Send.fetchAndAdd(1, old(pair), pair.far().region(), 8, 1));
        WcStatus status = pair.near().awaitSends(1).get(0).status();
        if (fx.traits().answersToTheLetter()) {
            assertThat(status).isEqualTo(WcStatus.REM_INV_REQ_ERR);
        } else {
            assertThat(status).isIn(WcStatus.REM_INV_REQ_ERR, WcStatus.REM_ACCESS_ERR);
        }
        pair.near().awaitState(QpState.ERR);
        assertThat(get(pair.far(), 8)).isZero();
    }

    @Test
    default void shouldKeepTheOrderOfManyAtomics(VerbsFixture fx) {
        Pair pair = open(fx);
        for (int i = 0; i < 40; i++) {
            pair.near()
                    .post(Send.fetchAndAdd(
                            i, pair.near().region().part(8L * i, 8), pair.far().region(), 8, 1));
        }
        pair.near().awaitSends(40);
        for (int i = 0; i < 40; i++) {
            assertThat(get(pair.near(), 8 * i)).isEqualTo(i);
        }
    }

    @Test
    default void shouldLoseNoAddOfTwoInitiatorsAtOnce(VerbsFixture fx) throws Exception {
        Pair pair = open(fx);
        End loop = loopAtFar(fx);
        int times = 2000;
        Send farAdd = Send.fetchAndAdd(1, loop.region().part(0, 8), pair.far().region(), 8, 1);
        Send nearAdd = Send.fetchAndAdd(1, old(pair), pair.far().region(), 8, 1);
        CompletableFuture<Integer> far =
                CompletableFuture.supplyAsync(() -> fx.far().repeat(loop.qp().handle(), farAdd, times, End.WAIT_MS));
        assertThat(fx.near().repeat(pair.near().qp().handle(), nearAdd, times, End.WAIT_MS))
                .isEqualTo(times);
        assertThat(finished(far)).isEqualTo(times);
        assertThat(get(pair.far(), 8)).isEqualTo(2L * times);
    }

    @Test
    default void shouldLoseNoSwapOfTwoInitiatorsAtOnce(VerbsFixture fx) throws Exception {
        Pair pair = open(fx);
        End loop = loopAtFar(fx);
        int times = 1000;
        Region counter = fx.far().allocate(4096, Wiring.ALL_ACCESS);
        CompletableFuture<Integer> far = CompletableFuture.supplyAsync(
                () -> fx.far().countBySwap(loop.qp().handle(), loop.region().part(0, 8), counter, times, End.WAIT_MS));
        int tries = fx.near().countBySwap(pair.near().qp().handle(), old(pair), counter, times, End.WAIT_MS);
        assertThat(tries).isGreaterThanOrEqualTo(times);
        assertThat(finished(far)).isGreaterThanOrEqualTo(times);
        byte[] found = fx.far().read(counter.handle(), 0, 8);
        assertThat(ByteBuffer.wrap(found).order(ByteOrder.nativeOrder()).getLong())
                .isEqualTo(2L * times);
    }

    private static int finished(CompletableFuture<Integer> far) throws Exception {
        try {
            return far.get(2 * End.WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the far initiator does not end", e);
        }
    }

    /** A far queue pair that is connected to itself: a second initiator, in the target's own process. */
    private static End loopAtFar(VerbsFixture fx) {
        End loop = fx.end(fx.far(), QpRequest.rc());
        return loop.connect(loop.towards(loop));
    }

    @Test
    default void shouldRefuseAtomicsOnceTheQueuePairHasFailed(VerbsFixture fx) {
        Pair pair = open(fx);
        pair.near().to(QpState.ERR);
        pair.near().post(Send.of(WrOpcode.ATOMIC_FETCH_AND_ADD, 1).with(old(pair)));
        pair.near().awaitSend(WcStatus.WR_FLUSH_ERR);
    }
}
