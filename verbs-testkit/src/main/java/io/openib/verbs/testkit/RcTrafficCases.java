package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.SendFlag;
import io.openib.verbs.WcFlag;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every opcode of a reliable connection, with its bytes and its completions, in both directions. */
interface RcTrafficCases extends VerbsContract {
    @ParameterizedTest
    @ValueSource(ints = {WrOpcode.SEND, WrOpcode.SEND_WITH_IMM})
    default void shouldDeliverMessagesOfEveryLength(int opcode, VerbsFixture fx) {
        Pair pair = fx.rcPair();
        for (Bulk bulk : Bulk.bothWays(fx, pair)) {
            for (int length : Bulk.lengths(fx)) {
                byte[] bytes = bulk.fill(fx, length);
                int immediate = fx.random().nextInt();
                bulk.target().post(Recv.into(length, bulk.scatter(fx, length)));
                bulk.source()
                        .post(Send.of(opcode, 9).with(bulk.gather(fx, length)).immediate(immediate));
                assertSent(bulk, WcOpcode.SEND);
                Wc recv = bulk.target().awaitRecv(WcStatus.SUCCESS);
                assertThat(recv.opcode()).isEqualTo(WcOpcode.RECV);
                assertReceived(bulk, recv, length, opcode == WrOpcode.SEND_WITH_IMM, immediate);
                assertThat(recv.wrId()).isEqualTo(length);
                assertThat(bulk.found(length)).as("%d bytes", length).isEqualTo(bytes);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {WrOpcode.RDMA_WRITE, WrOpcode.RDMA_WRITE_WITH_IMM})
    default void shouldWriteRemoteMemoryOfEveryLength(int opcode, VerbsFixture fx) {
        boolean isImmediate = opcode == WrOpcode.RDMA_WRITE_WITH_IMM;
        Pair pair = fx.rcPair();
        for (Bulk bulk : Bulk.bothWays(fx, pair)) {
            for (int length : Bulk.lengths(fx)) {
                byte[] bytes = bulk.fill(fx, length);
                int immediate = fx.random().nextInt();
                int offset = fx.random().nextInt(64);
                if (isImmediate) {
                    bulk.target().post(Recv.into(length));
                }
                bulk.source()
                        .post(bulk.toRemote(Send.of(opcode, 9).with(bulk.gather(fx, length)), offset)
                                .immediate(immediate));
                assertSent(bulk, WcOpcode.RDMA_WRITE);
                if (isImmediate) {
                    Wc recv = bulk.target().awaitRecv(WcStatus.SUCCESS);
                    assertThat(recv.opcode()).isEqualTo(WcOpcode.RECV_RDMA_WITH_IMM);
                    assertReceived(bulk, recv, length, true, immediate);
                }
                assertThat(bulk.foundAt(offset, length)).as("%d bytes", length).isEqualTo(bytes);
            }
        }
        pair.near().assertNothingCompleted();
        pair.far().assertNothingCompleted();
    }

    @Test
    default void shouldReadRemoteMemoryOfEveryLength(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        for (Bulk bulk : Bulk.bothWays(fx, pair)) {
            for (int length : Bulk.lengths(fx)) {
                int offset = fx.random().nextInt(64);
                byte[] bytes = bulk.fillRemote(fx, offset, length);
                bulk.source().post(bulk.toRemote(Send.of(WrOpcode.RDMA_READ, 9).with(bulk.gather(fx, length)), offset));
                assertSent(bulk, WcOpcode.RDMA_READ);
                assertThat(bulk.gathered(length)).as("%d bytes", length).isEqualTo(bytes);
            }
        }
        pair.far().assertNothingCompleted();
    }

    private static void assertSent(Bulk bulk, int opcode) {
        Wc send = bulk.source().awaitSend(WcStatus.SUCCESS);
        assertThat(send.wrId()).isEqualTo(9);
        assertThat(send.opcode()).isEqualTo(opcode);
        assertThat(send.qpNumber()).isEqualTo(bulk.source().number());
    }

    private static void assertReceived(Bulk bulk, Wc recv, int length, boolean isImmediate, int immediate) {
        assertThat(recv.byteLength()).isEqualTo(length);
        assertThat(recv.qpNumber()).isEqualTo(bulk.target().number());
        assertThat((recv.flags() & WcFlag.WITH_IMM) != 0).isEqualTo(isImmediate);
        if (isImmediate) {
            assertThat(recv.immediate()).isEqualTo(immediate);
        }
    }

    @Test
    default void shouldShowNoRouteHeaderOnAConnection(VerbsFixture fx) {
        assumeThat(fx.traits().answersToTheLetter()).as("the specified answer").isTrue();
        Pair pair = fx.rcPair();
        for (int length : new int[] {0, 8, 500}) {
            pair.far().postRecv(0, 512);
            pair.far().postRecv(512, 512);
            Sge message = pair.near().region().part(0, length);
            Region far = pair.far().region();
            pair.near().post(Send.send(1, message));
            pair.near()
                    .post(Send.of(WrOpcode.RDMA_WRITE_WITH_IMM, 2).with(message).remote(far.address(), far.rkey()));
            assertThat(pair.near().awaitSends(2)).extracting(Wc::flags).containsOnly(0);
            assertThat(pair.far().awaitRecvs(2)).extracting(Wc::flags).containsExactly(0, WcFlag.WITH_IMM);
        }
    }

    @Test
    default void shouldLeaveMemoryBehindTheMessageAlone(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        byte[] old = fx.bytes(256);
        pair.far().write(0, old);
        pair.near().write(0, new byte[100]);
        pair.far().post(Recv.into(1, pair.far().region().part(16, 200)));
        pair.near().post(Send.send(1, pair.near().region().part(0, 100)));
        pair.far().awaitRecv(WcStatus.SUCCESS);
        byte[] found = pair.far().read(0, 256);
        assertThat(Arrays.copyOf(found, 16)).isEqualTo(Arrays.copyOf(old, 16));
        assertThat(Arrays.copyOfRange(found, 16, 116)).containsOnly(0);
        assertThat(Arrays.copyOfRange(found, 116, 256)).isEqualTo(Arrays.copyOfRange(old, 116, 256));
    }

    @Test
    default void shouldShowAWriteBeforeTheSendThatFollowsIt(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        for (int round = 0; round < 50; round++) {
            byte[] bytes = fx.bytes(5000);
            pair.near().write(0, bytes);
            pair.far().postRecv(8192, 0);
            pair.near()
                    .post(Send.write(
                                    1,
                                    pair.near().region().part(0, 5000),
                                    pair.far().region(),
                                    0)
                            .flags(0));
            pair.near().post(Send.send(2));
            pair.far().awaitRecv(WcStatus.SUCCESS);
            assertThat(pair.far().read(0, 5000)).isEqualTo(bytes);
            pair.near().awaitSend(WcStatus.SUCCESS);
        }
    }

    @Test
    default void shouldWriteZeroBytesWithoutAKey(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        pair.near().post(Send.of(WrOpcode.RDMA_WRITE, 1));
        pair.near().awaitSend(WcStatus.SUCCESS);
        pair.near().post(Send.of(WrOpcode.RDMA_READ, 2));
        pair.near().awaitSend(WcStatus.SUCCESS);
    }

    @Test
    default void shouldCompleteOnlySignalledSends(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        for (int i = 0; i < 30; i++) {
            pair.far().post(Recv.into(i));
            pair.near().post(Send.send(i).flags(i % 10 == 9 ? SendFlag.SIGNALED : 0));
        }
        assertThat(pair.near().awaitSends(3)).extracting(Wc::wrId).containsExactly(9L, 19L, 29L);
        assertThat(pair.far().awaitRecvs(30)).extracting(Wc::wrId).first().isEqualTo(0L);
        pair.near().assertNothingCompleted();
    }

    @Test
    default void shouldCompleteEverySendWhenMadeSo(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc().sqSigAll()).connected();
        for (int i = 0; i < 5; i++) {
            pair.near().post(Send.of(WrOpcode.RDMA_WRITE, i).flags(0));
        }
        assertThat(pair.near().awaitSends(5)).extracting(Wc::wrId).containsExactly(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    default void shouldCompleteMixedOpcodesInTheOrderOfPosts(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        End near = pair.near();
        for (int i = 0; i < 10; i++) {
            pair.far().post(Recv.into(i, pair.far().region().part(1024 + i, 1)));
            near.post(Send.read(4L * i, near.region().part(0, 4096), pair.far().region(), 8192));
            near.post(Send.send(4L * i + 1, near.region().part(5000, 1)));
            near.post(
                    Send.write(4L * i + 2, near.region().part(0, 64), pair.far().region(), 0));
            near.post(Send.fetchAndAdd(
                    4L * i + 3, near.region().part(6000, 8), pair.far().region(), 8, 1));
        }
        List<Wc> all = near.awaitSends(40);
        for (int i = 0; i < 40; i++) {
            assertThat(all.get(i).wrId()).isEqualTo(i);
            assertThat(all.get(i).status()).isEqualTo(WcStatus.SUCCESS);
        }
    }

    @Test
    default void shouldHaveAFencedSendWaitForTheReadBeforeIt(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region region = pair.near().region();
        for (int round = 0; round < 30; round++) {
            byte[] bytes = fx.bytes(4000);
            pair.far().write(0, bytes);
            pair.far().postRecv(16_384, 4000);
            pair.near()
                    .post(Send.read(1, region.part(0, 4000), pair.far().region(), 0)
                            .flags(0));
            pair.near().post(Send.send(2, region.part(0, 4000)).flags(SendFlag.FENCE | SendFlag.SIGNALED));
            assertThat(pair.near().awaitSend(WcStatus.SUCCESS).wrId()).isEqualTo(2);
            pair.far().awaitRecv(WcStatus.SUCCESS);
            assertThat(pair.far().read(16_384, 4000)).isEqualTo(bytes);
        }
    }

    @Test
    default void shouldTalkToItself(VerbsFixture fx) {
        End end = fx.end(fx.near(), QpRequest.rc());
        end.connect(end.towards(end));
        byte[] bytes = fx.bytes(3000);
        end.write(0, bytes);
        end.postRecv(4096, 3000);
        end.post(Send.send(1, end.region().part(0, 3000)));
        assertThat(end.awaitSends(2)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        assertThat(end.read(4096, 3000)).isEqualTo(bytes);
        end.post(Send.write(2, end.region().part(0, 3000), end.region(), 8192));
        end.awaitSend(WcStatus.SUCCESS);
        end.post(Send.read(3, end.region().part(16_384, 3000), end.region(), 8192));
        end.awaitSend(WcStatus.SUCCESS);
        assertThat(end.read(16_384, 3000)).isEqualTo(bytes);
    }

    @Test
    default void shouldCarryOnWithoutAnotherCall(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        for (int i = 0; i < 20; i++) {
            pair.near().post(Send.send(i, pair.near().region().part(0, 8)));
        }
        for (int i = 0; i < 20; i++) {
            pair.far().postRecv(i * 8, 8);
        }
        assertThat(pair.far().awaitRecvs(20)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
    }

    @Test
    default void shouldFinishMoreReadsThanMayBeOutstanding(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        pair.connected(
                pair.near().towards(pair.far()).rdAtomic(1, 1),
                pair.far().towards(pair.near()).rdAtomic(1, 1));
        byte[] bytes = fx.bytes(32 * 512);
        pair.far().write(0, bytes);
        for (int i = 0; i < 32; i++) {
            pair.near()
                    .post(Send.read(
                            i,
                            pair.near().region().part(i * 512L, 512),
                            pair.far().region(),
                            i * 512L));
        }
        assertThat(pair.near().awaitSends(32)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        assertThat(pair.near().read(0, 32 * 512)).isEqualTo(bytes);
    }
}
