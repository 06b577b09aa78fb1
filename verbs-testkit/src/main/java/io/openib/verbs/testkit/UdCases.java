package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.AddressVector;
import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpState;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WcFlag;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Unreliable datagrams: forty bytes before the message, a Q_Key, and silence about what is lost. */
interface UdCases extends VerbsContract {
    /** Where a received message starts. */
    int GRH_BYTES = 40;

    /** A UD pair in RTS and a handle for the way from near to far. */
    record Datagrams(Pair pair, int handle) {
        static Datagrams open(VerbsFixture fx) {
            return new Datagrams(
                    fx.pair(QpRequest.ud()).ready(),
                    fx.near().createAddressHandle(fx.far().address()));
        }

        Send send(long id, int length) {
            return Send.send(id, pair.near().region().part(0, length))
                    .destination(handle, pair.far().number(), Wiring.QKEY);
        }
    }

    /** {@code ibv_ud_pingpong}. */
    @Test
    default void shouldDeliverDatagramsBehindFortyBytes(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        int mtu = Mtu.ofCode(fx.far().address().mtuCode()).bytes();
        for (int length : new int[] {0, 1, 100, 1024, mtu}) {
            byte[] bytes = fx.bytes(length);
            ud.pair().near().write(0, bytes);
            ud.pair().far().postRecv(0, GRH_BYTES + length);
            ud.pair().near().post(ud.send(length, length));
            ud.pair().near().awaitSend(WcStatus.SUCCESS);
            Wc recv = ud.pair().far().awaitRecv(WcStatus.SUCCESS);
            assertThat(recv.byteLength()).isEqualTo(GRH_BYTES + length);
            assertThat(recv.sourceQp()).isEqualTo(ud.pair().near().number());
            assertThat(recv.opcode()).isEqualTo(WcOpcode.RECV);
            assertThat(recv.flags() & WcFlag.WITH_IMM).isZero();
            if (fx.near().address().isEthernet()) {
                assertThat(recv.flags() & WcFlag.GRH).isNotZero();
            }
            assertThat(ud.pair().far().read(GRH_BYTES, length)).isEqualTo(bytes);
        }
    }

    /** Whoever answers reads there whom. Of an IPv4 packet the last twenty bytes are its header. */
    @Test
    default void shouldNameBothPortsInTheFortyBytes(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        ud.pair().far().postRecv(0, 256);
        ud.pair().near().post(ud.send(1, 8));
        ud.pair().far().awaitRecv(WcStatus.SUCCESS);
        if (fx.far().address().from(fx.near().address()).grh() == null) {
            return; // it came by LID alone, and they say nothing
        }
        ByteBuffer grh = ByteBuffer.wrap(ud.pair().far().read(0, GRH_BYTES));
        Gid from = fx.near().address().gid();
        Gid to = fx.far().address().gid();
        if (from.isIpv4Mapped()) {
            assertThat(grh.getInt(32)).as("source").isEqualTo((int) from.interfaceId());
            assertThat(grh.getInt(36)).as("destination").isEqualTo((int) to.interfaceId());
        } else {
            assertThat(new Gid(grh.getLong(8), grh.getLong(16))).as("source").isEqualTo(from);
            assertThat(new Gid(grh.getLong(24), grh.getLong(32)))
                    .as("destination")
                    .isEqualTo(to);
        }
    }

    @Test
    default void shouldCarryTheImmediateOfADatagram(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        ud.pair().far().postRecv(0, 256);
        ud.pair()
                .near()
                .post(Send.of(WrOpcode.SEND_WITH_IMM, 1)
                        .immediate(0xcafebabe)
                        .destination(ud.handle(), ud.pair().far().number(), Wiring.QKEY));
        Wc recv = ud.pair().far().awaitRecv(WcStatus.SUCCESS);
        assertThat(recv.immediate()).isEqualTo(0xcafebabe);
        assertThat(recv.flags() & WcFlag.WITH_IMM).isNotZero();
        assertThat(recv.byteLength()).isEqualTo(GRH_BYTES);
    }

    @Test
    default void shouldSendInlineDatagrams(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        byte[] bytes = fx.bytes(16);
        ud.pair().near().write(0, bytes);
        ud.pair().far().postRecv(0, 256);
        ud.pair().near().post(ud.send(1, 16).flags(SendFlag.INLINE | SendFlag.SIGNALED));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        ud.pair().far().awaitRecv(WcStatus.SUCCESS);
        assertThat(ud.pair().far().read(GRH_BYTES, 16)).isEqualTo(bytes);
    }

    @Test
    default void shouldDropADatagramWithAnotherQkey(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        ud.pair().far().postRecv(0, 256);
        ud.pair()
                .near()
                .post(ud.send(1, 8).destination(ud.handle(), ud.pair().far().number(), 0x1234));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        assertOnlyTheNextArrives(ud);
    }

    /** Of a key with the top bit set nothing is sent but the sender's own. */
    @Test
    default void shouldSendItsOwnQkeyInPlaceOfAControlledOne(VerbsFixture fx) {
        assumeThat(fx.traits().answersToTheLetter()).as("the specified answer").isTrue();
        Datagrams ud = Datagrams.open(fx);
        ud.pair().far().postRecv(0, 256);
        ud.pair()
                .near()
                .post(ud.send(1, 8).destination(ud.handle(), ud.pair().far().number(), 0x80010000));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        ud.pair().far().awaitRecv(WcStatus.SUCCESS);
    }

    @Test
    default void shouldDropADatagramThoughAReceiveIsPostedBeforeAnybodyLooks(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        ud.pair().near().post(ud.send(1, 8));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        awaitALaterOne(fx, ud);
        ud.pair().far().postRecv(0, 256);
        assertOnlyTheNextArrives(ud);
    }

    @Test
    default void shouldDropADatagramWithoutAReceiveAndOneToNobody(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        ud.pair().near().post(ud.send(1, 8));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        ud.pair().near().post(ud.send(2, 8).destination(ud.handle(), 0xabcdef, Wiring.QKEY));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        awaitALaterOne(fx, ud);
        ud.pair().far().assertNothingCompleted();
        ud.pair().far().postRecv(0, 256);
        assertOnlyTheNextArrives(ud);
    }

    /** What was sent before has come to the other side as well, or never will. */
    private static void awaitALaterOne(VerbsFixture fx, Datagrams ud) {
        Pair witness = fx.pair(QpRequest.ud()).ready();
        witness.far().postRecv(0, 256);
        ud.pair()
                .near()
                .post(ud.send(9, 8).destination(ud.handle(), witness.far().number(), Wiring.QKEY));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        witness.far().awaitRecv(WcStatus.SUCCESS);
    }

    @Test
    default void shouldForgetUnreadDatagramsInReset(VerbsFixture fx) {
        assumeThat(fx.traits().resetForgetsCompletions())
                .as("RESET forgets completions")
                .isTrue();
        Datagrams ud = Datagrams.open(fx);
        ud.pair().far().postRecv(0, 256);
        ud.pair().far().postRecv(256, 256);
        ud.pair().near().post(ud.send(1, 8));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        awaitALaterOne(fx, ud);
        ud.pair().far().to(QpState.RESET);
        ud.pair().far().connect(Wiring.none().sqPsn(ud.pair().far().psn()));
        ud.pair().far().postRecv(512, 256);
        assertOnlyTheNextArrives(ud);
        assertThat(ud.pair().far().state()).isEqualTo(QpState.RTS);
    }

    private static void assertOnlyTheNextArrives(Datagrams ud) {
        ud.pair().near().post(ud.send(3, 9));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        assertThat(ud.pair().far().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(GRH_BYTES + 9);
        ud.pair().far().assertNothingCompleted();
        assertThat(ud.pair().near().state()).isEqualTo(QpState.RTS);
    }

    @Test
    default void shouldNotOverrunAReceiveThatIsTooShort(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        byte[] before = fx.bytes(256);
        ud.pair().far().write(0, before);
        ud.pair().far().postRecv(0, GRH_BYTES + 7);
        ud.pair().near().post(ud.send(1, 200));
        ud.pair().near().awaitSend(WcStatus.SUCCESS);
        if (fx.traits().answersToTheLetter()) {
            ud.pair().far().awaitRecv(WcStatus.LOC_LEN_ERR);
            ud.pair().far().awaitState(QpState.ERR);
        } else {
            // Dropped, or a local length error at the receiver: devices do either.
            List<Wc> found = ud.pair().far().side().poll(ud.pair().far().qp().recvCq(), 1);
            assertThat(found).extracting(Wc::status).doesNotContain(WcStatus.SUCCESS);
        }
        assertThat(ud.pair().far().read(GRH_BYTES + 7, 200))
                .isEqualTo(java.util.Arrays.copyOfRange(before, GRH_BYTES + 7, GRH_BYTES + 207));
    }

    @Test
    default void shouldRefuseADatagramLongerThanThePathMtu(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        int mtu = Mtu.ofCode(fx.near().address().mtuCode()).bytes();
        ud.pair().far().postRecv(0, 2 * mtu);
        int result = fx.near().post(ud.pair().near().qp().handle(), ud.send(1, mtu + 1));
        if (fx.traits().answersToTheLetter()) {
            assertThat(result).isZero();
            ud.pair().near().awaitSend(WcStatus.LOC_LEN_ERR);
            ud.pair().near().awaitState(QpState.SQE);
        } else if (result == 0) {
            // By completion, or dropped in silence as C10-93.1.1 of the InfiniBand specification has it.
            assertThat(ud.pair().near().awaitSends(1).get(0).status()).isIn(WcStatus.LOC_LEN_ERR, WcStatus.SUCCESS);
        } else {
            assertThat(result).isIn(-Errno.EINVAL, -Errno.EMSGSIZE);
        }
        ud.pair().far().assertNothingCompleted();
    }

    @Test
    default void shouldRefuseRdmaOnADatagramQueuePair(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        for (int opcode : new int[] {
            WrOpcode.RDMA_WRITE,
            WrOpcode.RDMA_WRITE_WITH_IMM,
            WrOpcode.RDMA_READ,
            WrOpcode.ATOMIC_CMP_AND_SWP,
            WrOpcode.ATOMIC_FETCH_AND_ADD
        }) {
            Send send =
                    Send.of(opcode, 1).destination(ud.handle(), ud.pair().far().number(), Wiring.QKEY);
            assertThat(fx.near().post(ud.pair().near().qp().handle(), send))
                    .as("opcode %d", opcode)
                    .isEqualTo(-Errno.EINVAL);
        }
    }

    @Test
    default void shouldStopSendingButNotReceivingAfterALocalError(VerbsFixture fx) {
        Datagrams ud = Datagrams.open(fx);
        End near = ud.pair().near();
        Sge bad = new Sge(near.region().address(), 8, near.region().lkey() ^ 0x7f3f00);
        near.post(Send.send(1, bad).destination(ud.handle(), ud.pair().far().number(), Wiring.QKEY));
        fx.awaitLocalSendError(near, WcStatus.LOC_PROT_ERR);
        assumeThat(fx.traits().knowsSqe()).as("SQE is known").isTrue();
        near.awaitState(QpState.SQE);
        near.to(QpState.RTS);
        ud.pair().far().postRecv(0, 256);
        assertOnlyTheNextArrives(ud);
    }

    /** pyverbs {@code test_create_ah}, {@code test_create_ah_roce}, {@code test_destroy_ah}. */
    @Test
    default void shouldMakeAddressHandlesForPlacesThatCanBe(VerbsFixture fx) {
        PortAddress own = fx.near().address();
        PortAddress far = fx.far().address();
        fx.near().close(fx.near().createAddressHandle(far));
        int ports = fx.device().attributes().physicalPorts();
        int gids = fx.device().queryPort(own.port()).gidTableLength();
        refuse(fx, AddressVector.toGid(ports + 1, far.gid(), own.gidIndex()));
        refuse(fx, AddressVector.toGid(0, far.gid(), own.gidIndex()));
        refuse(fx, AddressVector.toGid(own.port(), far.gid(), gids));
        if (own.isEthernet()) {
            refuse(fx, AddressVector.toLid(own.port(), 1));
        }
    }

    private static void refuse(VerbsFixture fx, AddressVector vector) {
        Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().createAddressHandle(vector));
    }

    /** pyverbs {@code test_cq_events_ud}. */
    @Test
    default void shouldRaiseAnEventForADatagram(VerbsFixture fx) throws InterruptedException {
        Awaited awaited = Awaited.open(fx);
        awaited.queue().requestNotify(false);
        awaited.arrive(fx);
        assertThat(awaited.channel().await(End.WAIT_MS)).isSameAs(awaited.queue());
        awaited.near().awaitRecv(WcStatus.SUCCESS);
    }

    /** A queue that was polled before knows nothing yet of who sends it a datagram for the first time. */
    @Test
    default void shouldFindTheFirstDatagramOfASenderWhenArmedBehindIt(VerbsFixture fx) throws InterruptedException {
        Awaited awaited = Awaited.open(fx);
        assertThat(awaited.queue().poll(awaited.queue().newCompletions(4))).isZero();
        awaited.arrive(fx);
        awaited.far().awaitSend(WcStatus.SUCCESS);
        assertThat(CompletionEventCases.takeOrAwait(awaited.queue(), awaited.channel()))
                .isEqualTo(1);
    }

    /** A near end whose queue has a channel, with a receive posted, and a far end that sends. */
    record Awaited(CompletionChannel channel, CompletionQueue queue, End near, End far) {
        static Awaited open(VerbsFixture fx) {
            CompletionChannel channel = fx.device().createCompletionChannel();
            fx.near().keep(channel);
            CompletionQueue queue = fx.device().createCompletionQueue(16, channel);
            int cq = fx.near().keep(queue);
            End near = fx.end(fx.near(), QpRequest.ud().cqs(cq, cq));
            End far = fx.end(fx.far(), QpRequest.ud());
            new Pair(near, far).ready();
            near.postRecv(0, 256);
            return new Awaited(channel, queue, near, far);
        }

        void arrive(VerbsFixture fx) {
            int handle = fx.far().createAddressHandle(fx.near().address());
            far.post(Send.send(1, far.region().part(0, 8)).destination(handle, near.number(), Wiring.QKEY));
        }
    }
}
