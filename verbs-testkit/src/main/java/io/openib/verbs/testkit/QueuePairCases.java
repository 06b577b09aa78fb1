package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import io.openib.verbs.QueuePair;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Queue pairs: what they are made with, and what can be asked of them. */
interface QueuePairCases extends VerbsContract {
    /** pyverbs {@code test_create_rc_qp_no_attr}, {@code test_create_ud_qp_no_attr}. */
    @Test
    default void shouldMakeQueuePairsInReset(VerbsFixture fx) {
        for (QpRequest request : new QpRequest[] {QpRequest.rc(), QpRequest.ud()}) {
            QpRef ref = fx.near().createQp(request);
            QueuePair qp = fx.near().qp(ref.handle());
            assertThat(qp.state()).isEqualTo(QpState.RESET);
            assertThat(qp.type()).isEqualTo(request.type());
            assertThat(qp.number()).isBetween(1, 0xffffff);
            assertThat(qp.srq()).isNull();
            assertThat(qp.protectionDomain()).isSameAs(fx.pd());
            assertThat(qp.sendCq()).isSameAs(fx.near().cq(ref.sendCq()));
            assertThat(qp.recvCq()).isSameAs(fx.near().cq(ref.recvCq()));
        }
    }

    /** pyverbs {@code test_create_rc_qp_with_attr}, {@code test_create_ud_qp_with_attr}. */
    @Test
    default void shouldGiveAtLeastTheCapabilitiesAskedFor(VerbsFixture fx) {
        for (QpRequest request : new QpRequest[] {QpRequest.rc(), QpRequest.ud()}) {
            QpCapabilities asked = request.capabilities();
            QpCapabilities given =
                    fx.near().qp(fx.near().createQp(request).handle()).capabilities();
            assertThat(given.maxSendWr()).isGreaterThanOrEqualTo(asked.maxSendWr());
            assertThat(given.maxRecvWr()).isGreaterThanOrEqualTo(asked.maxRecvWr());
            assertThat(given.maxSendSge()).isGreaterThanOrEqualTo(asked.maxSendSge());
            assertThat(given.maxRecvSge()).isGreaterThanOrEqualTo(asked.maxRecvSge());
            assertThat(given.maxInlineData()).isGreaterThanOrEqualTo(asked.maxInlineData());
        }
    }

    /** pyverbs {@code test_create_raw_qp_ex_with_illegal_caps_*}, for RC. */
    @Test
    default void shouldRefuseCapabilitiesBeyondTheLimits(VerbsFixture fx) {
        int tooDeep = beyond(fx, DeviceLimit.MAX_QP_WR);
        int tooWide = beyond(fx, DeviceLimit.MAX_SGE);
        assertCapabilitiesRefused(fx, new QpCapabilities(tooDeep, 1, 1, 1, 0));
        assertCapabilitiesRefused(fx, new QpCapabilities(1, tooDeep, 1, 1, 0));
        assertCapabilitiesRefused(fx, new QpCapabilities(1, 1, tooWide, 1, 0));
        assertCapabilitiesRefused(fx, new QpCapabilities(1, 1, 1, tooWide, 0));
        if (fx.device().attributes().limit(DeviceLimit.MAX_INLINE_DATA) > 0) {
            assertCapabilitiesRefused(fx, new QpCapabilities(1, 1, 1, 1, beyond(fx, DeviceLimit.MAX_INLINE_DATA)));
        }
    }

    private static int beyond(VerbsFixture fx, DeviceLimit limit) {
        return Math.toIntExact(fx.device().attributes().limit(limit) + 1);
    }

    private static void assertCapabilitiesRefused(VerbsFixture fx, QpCapabilities capabilities) {
        try (CompletionQueue cq = fx.device().createCompletionQueue(4, null)) {
            Refusals.assertRefused(
                    Errno.EINVAL, () -> fx.pd().createQueuePair(QpInitAttributes.rc(cq, cq, capabilities)));
        }
    }

    @Test
    default void shouldNumberOpenQueuePairsDifferently(VerbsFixture fx) {
        Set<Integer> numbers = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            assertThat(numbers.add(fx.near().createQp(QpRequest.rc()).number())).isTrue();
        }
    }

    @Test
    default void shouldCloseAQueuePairTwice(VerbsFixture fx) {
        QpRef ref = fx.near().createQp(QpRequest.rc());
        QueuePair qp = fx.near().qp(ref.handle());
        qp.close();
        qp.close();
    }

    /** pyverbs {@code test_query_rc_qp}. */
    @Test
    default void shouldTellWhatWasSet(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        assertThat(qp.query().state()).isEqualTo(QpState.RESET);
        Wiring wiring =
                pair.near().towards(pair.far()).minRnrTimer(9).retries(13, 3).rnrRetry(5);
        pair.near().connect(wiring.access(AccessFlag.REMOTE_READ.bit()));
        QpAttributes found = qp.query();
        assertThat(found.state()).isEqualTo(QpState.RTS);
        assertThat(found.port()).isEqualTo(fx.underTest().port());
        assertThat(found.pkeyIndex()).isZero();
        assertThat(found.accessFlags()).contains(AccessFlag.REMOTE_READ);
        assertThat(found.accessFlags()).doesNotContain(AccessFlag.REMOTE_WRITE, AccessFlag.REMOTE_ATOMIC);
        assertThat(found.destQpNumber()).isEqualTo(pair.far().number());
        assertThat(found.rqPsn()).isEqualTo(pair.far().psn());
        assertThat(found.sqPsn()).isEqualTo(pair.near().psn());
        assertThat(found.pathMtu()).isEqualTo(io.openib.verbs.Mtu.MTU_1024);
        assertThat(found.minRnrTimer()).isEqualTo(9);
        assertThat(found.timeout()).isEqualTo(13);
        assertThat(found.retryCount()).isEqualTo(3);
        assertThat(found.rnrRetry()).isEqualTo(5);
        assertThat(found.maxDestRdAtomic()).isEqualTo(4);
        assertThat(found.maxRdAtomic()).isEqualTo(4);
    }

    /** pyverbs {@code test_query_ud_qp}, {@code test_modify_ud_qp}. */
    @Test
    default void shouldTellWhatWasSetOnADatagramQueuePair(VerbsFixture fx) {
        End end = fx.end(fx.near(), QpRequest.ud());
        end.connect(Wiring.none().sqPsn(77));
        QueuePair qp = fx.near().qp(end.qp().handle());
        assertThat(qp.type()).isEqualTo(QpType.UD);
        assertThat(qp.query().state()).isEqualTo(QpState.RTS);
        assertThat(qp.query().qkey()).isEqualTo(Wiring.QKEY);
        assertThat(qp.query().sqPsn()).isEqualTo(77);
        qp.modify(QpAttributes.none().qkey(0x22222222));
        assertThat(qp.query().qkey()).isEqualTo(0x22222222);
    }

    @Test
    default void shouldForgetItsAttributesInReset(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        pair.near().to(QpState.RESET);
        assertThat(pair.near().state()).isEqualTo(QpState.RESET);
        Refusals.assertRefused(
                Errno.EINVAL, () -> pair.near().side().toRts(pair.near().qp().handle(), Wiring.none()));
        pair.near().init(Wiring.none());
        Refusals.assertRefused(Errno.EINVAL, () -> pair.near().to(QpState.RTR));
    }

    @Test
    default void shouldChangeAccessWithoutNamingAState(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        qp.modify(QpAttributes.none().accessFlags(Set.of(AccessFlag.REMOTE_READ)));
        assertThat(qp.state()).isEqualTo(QpState.RTS);
        assertThat(qp.query().accessFlags()).doesNotContain(AccessFlag.REMOTE_WRITE);
        Refusals.assertRefused(Errno.EINVAL, () -> qp.modify(QpAttributes.none().sqPsn(5)));
        Refusals.assertRefused(Errno.EINVAL, () -> qp.modify(QpAttributes.none().destQpNumber(5)));
    }

    /** pyverbs {@code test_modify_rc_qp_rd_atomic}. */
    @Test
    default void shouldGiveAtLeastTheReadsAndAtomicsAskedFor(VerbsFixture fx) {
        int initiator = Math.min(12, beyond(fx, DeviceLimit.MAX_QP_INIT_RD_ATOM) - 1);
        int responder = Math.min(12, beyond(fx, DeviceLimit.MAX_QP_RD_ATOM) - 1);
        Pair pair = fx.pair(QpRequest.rc());
        pair.near().connect(pair.near().towards(pair.far()).rdAtomic(initiator, responder));
        QpAttributes found = fx.near().qp(pair.near().qp().handle()).query();
        assertThat(found.maxRdAtomic()).isGreaterThanOrEqualTo(initiator);
        assertThat(found.maxDestRdAtomic()).isGreaterThanOrEqualTo(responder);
    }

    /** The ranges that the API documents. */
    @Test
    default void shouldRefuseValuesOutOfRange(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        QueuePair qp = fx.near().qp(pair.near().qp().handle());
        Wiring good = pair.near().towards(pair.far());
        PortAddress own = fx.near().address();
        int ports = fx.device().attributes().physicalPorts();
        int pkeys = fx.device().queryPort(own.port()).pkeyTableLength();
        refuse(qp, good.rcInit(own).port(0));
        refuse(qp, good.rcInit(own).port(ports + 1));
        refuse(qp, good.rcInit(own).pkeyIndex(pkeys));
        refuse(qp, good.rcInit(own).pkeyIndex(-1));
        pair.near().init(good);
        refuse(qp, good.rcRtr(own).maxDestRdAtomic(beyond(fx, DeviceLimit.MAX_QP_RD_ATOM)));
        refuse(qp, good.rcRtr(own).minRnrTimer(32));
        refuse(qp, good.rcRtr(own).rqPsn(1 << 24));
        refuse(qp, good.rcRtr(own).destQpNumber(1 << 24));
        int gids = fx.device().queryPort(own.port()).gidTableLength();
        refuse(qp, good.rcRtr(own).addressVector(io.openib.verbs.AddressVector.toGid(own.port(), own.gid(), gids)));
        if (own.isEthernet()) {
            refuse(qp, good.rcRtr(own).addressVector(io.openib.verbs.AddressVector.toLid(own.port(), 1)));
        }
        pair.near().rtr(good);
        refuse(qp, good.rcRts().maxRdAtomic(beyond(fx, DeviceLimit.MAX_QP_INIT_RD_ATOM)));
        refuse(qp, good.rcRts().timeout(32));
        refuse(qp, good.rcRts().retryCount(8));
        refuse(qp, good.rcRts().rnrRetry(8));
        refuse(qp, good.rcRts().sqPsn(-1));
        pair.near().rts(good);
        assertThat(EnumSet.copyOf(qp.query().mask())).contains(QpAttribute.STATE);
    }

    private static void refuse(QueuePair qp, QpAttributes attributes) {
        QpState before = qp.state();
        Refusals.assertRefused(Errno.EINVAL, () -> qp.modify(attributes));
        assertThat(qp.state()).isEqualTo(before);
    }
}
