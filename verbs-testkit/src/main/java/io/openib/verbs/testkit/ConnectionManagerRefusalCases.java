package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Errno;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Connections that do not come about, and calls that the connection manager refuses. */
interface ConnectionManagerRefusalCases extends VerbsContract {
    /** Of the block for documentation (RFC 5737): no host has it. */
    String NOBODYS = "192.0.2.1";

    /** pyverbs {@code test_rdmacm_async_reject_traffic}. */
    @Test
    default void shouldTellTheReasonOfARejectionAndConnectTheNext(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        int refused = talk.asking(talk.end(fx.near()).number());
        talk.far().reject(CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST).id(), new byte[] {5, 6});
        CmNotice rejected = CmTalk.expect(talk.near(), CmEventType.REJECTED, refused);
        assertThat(rejected.status()).isEqualTo(CmEvent.REJECT_CONSUMER);
        assertThat(rejected.privateData()).startsWith(5, 6);
        talk.near().close(refused);
        talk.join().talkBothWays();
    }

    @Test
    default void shouldRejectWhenTheIdOfARequestIsClosed(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        int active = talk.asking(1);
        talk.far().close(CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST).id());
        assertThat(CmTalk.expect(talk.near(), CmEventType.REJECTED, active).status())
                .isEqualTo(CmEvent.REJECT_CONSUMER);
    }

    @Test
    default void shouldRefuseMorePrivateDataThanFits(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        int active = talk.resolved();
        Refusals.assertRefused(Errno.EINVAL, () -> talk.near().connect(active, 1, new byte[57]));
        talk.near().connect(active, 1, new byte[56]);
        int passive = CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST).id();
        Refusals.assertRefused(Errno.EINVAL, () -> talk.far().accept(passive, 2, new byte[197]));
        Refusals.assertRefused(Errno.EINVAL, () -> talk.far().reject(passive, new byte[149]));
        talk.far().accept(passive, 2, new byte[196]);
        CmTalk.expect(talk.near(), CmEventType.CONNECT_RESPONSE, active);
    }

    @Test
    default void shouldRefuseAQueuePairNumberOfMoreThan24Bits(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        int active = talk.resolved();
        Refusals.assertRefused(Errno.EINVAL, () -> talk.near().connect(active, 1 << 24, CmTalk.NO_DATA));
        talk.near().connect(active, (1 << 24) - 1, CmTalk.NO_DATA);
        assertThat(CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST).qpNumber())
                .isEqualTo(0xffffff);
    }

    @Test
    default void shouldBeRejectedWhereNobodyListens(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        CmAddress gone = talk.far().address(talk.listener());
        talk.far().close(talk.listener());
        int active = CmTalk.resolved(talk.near(), gone);
        talk.near().connect(active, 1, CmTalk.NO_DATA);
        assertThat(CmTalk.expect(talk.near(), CmEventType.REJECTED, active).status())
                .isEqualTo(CmEvent.REJECT_INVALID_SERVICE_ID);
    }

    @Test
    default void shouldTellThatAnAddressLeadsToNoDevice(VerbsFixture fx) {
        CmCalls near = CmTalk.usable(fx.near().cm());
        int id;
        try {
            id = near.resolve(new CmAddress(NOBODYS, 4711), 300);
        } catch (VerbsException e) {
            assertThat(Errno.name(e.errno())).isIn("ENETUNREACH", "EHOSTUNREACH", "ENODEV");
            return;
        }
        CmNotice notice = Objects.requireNonNull(near.next(End.WAIT_MS), "no event in time");
        assertThat(notice.id()).isEqualTo(id);
        if (notice.type() == CmEventType.ADDR_ERROR) {
            assertThat(notice.status()).isNegative();
        } else {
            // A gateway is asked for whatever is not here.
            assertThat(notice.type()).isEqualTo(CmEventType.ADDR_RESOLVED);
        }
    }

    @Test
    default void shouldRefuseStepsThatTheIdIsInNoStateFor(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        LocalCm near = fx.near().cm();
        CmId fresh = near.channel().createId();
        int id = near.keep(fresh);
        Refusals.assertRefused(Errno.EINVAL, () -> fresh.resolveRoute(100));
        Refusals.assertRefused(Errno.EINVAL, () -> near.connect(id, 1, CmTalk.NO_DATA));
        Refusals.assertRefused(Errno.EINVAL, () -> near.accept(id, 1, CmTalk.NO_DATA));
        Refusals.assertRefused(Errno.EINVAL, () -> near.reject(id, CmTalk.NO_DATA));
        Refusals.assertRefused(Errno.EINVAL, fresh::establish);
        Refusals.assertRefused(Errno.EINVAL, fresh::disconnect);
        Refusals.assertRefused(Errno.EINVAL, () -> fresh.initQpAttributes(QpState.RTR));
        int active = talk.asking(1);
        Refusals.assertRefused(Errno.EINVAL, () -> talk.near().connect(active, 1, CmTalk.NO_DATA));
        Refusals.assertRefused(Errno.EINVAL, () -> talk.near().resolveRoute(active, 100));
        fresh.close();
        fresh.close();
        Refusals.assertRefused(Errno.EINVAL, () -> fresh.listen(1));
        near.closeChannel();
        near.channel().close();
        Refusals.assertRefused(Errno.EINVAL, () -> near.channel().createId());
    }

    @Test
    default void shouldRefuseATakenPortAndGiveItBack(VerbsFixture fx) {
        CmTalk.usable(fx.near().cm());
        LocalCm near = fx.near().cm();
        int listener = near.listen(4);
        InetSocketAddress taken = near.address(listener).toSocketAddress();
        CmId second = near.channel().createId();
        near.keep(second);
        Refusals.assertRefused(Errno.EADDRINUSE, () -> second.bind(taken));
        near.close(listener);
        second.bind(taken);
        assertThat(second.localAddress()).isEqualTo(taken);
    }

    @Test
    default void shouldRefuseToBindToAnAddressOfNobodyHere(VerbsFixture fx) {
        CmTalk.usable(fx.near().cm());
        LocalCm near = fx.near().cm();
        CmId id = near.channel().createId();
        near.keep(id);
        Refusals.assertRefused(Errno.EADDRNOTAVAIL, () -> id.bind(new CmAddress(NOBODYS, 1).toSocketAddress()));
        id.bind(near.own(0));
    }

    /** Two requests with one number: the second cannot be told from a repetition of a lost connection. */
    @Test
    default void shouldRejectANumberThatAnotherRequestStillCarries(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        int first = talk.asking(41);
        int passive = CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST).id();
        int second = talk.asking(41);
        assertThat(CmTalk.expect(talk.near(), CmEventType.REJECTED, second).status())
                .isEqualTo(CmEvent.REJECT_STALE_CONNECTION);
        talk.far().accept(passive, 42, CmTalk.NO_DATA);
        CmTalk.expect(talk.near(), CmEventType.CONNECT_RESPONSE, first);
    }

    /** Both sides ask at once, each with the number that it means to use. */
    record Crossing(CmTalk talk, int nearRequest, int farRequest, int atNear, int atFar) {
        static final int NEAR_QP = 101;
        static final int FAR_QP = 202;

        static Crossing open(VerbsFixture fx) {
            CmTalk talk = CmTalk.open(fx);
            int nearListener = talk.near().listen(4);
            int nearRequest = talk.resolved();
            int farRequest = CmTalk.resolved(talk.far(), talk.near().address(nearListener));
            talk.near().connect(nearRequest, NEAR_QP, CmTalk.NO_DATA);
            talk.far().connect(farRequest, FAR_QP, CmTalk.NO_DATA);
            int atNear = CmTalk.expect(talk.near(), CmEventType.CONNECT_REQUEST).id();
            int atFar = CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST).id();
            return new Crossing(talk, nearRequest, farRequest, atNear, atFar);
        }
    }

    @Test
    default void shouldConnectOnceTheWinnerHasRejectedTheCrossedRequest(VerbsFixture fx) {
        Crossing crossing = Crossing.open(fx);
        CmTalk talk = crossing.talk();
        talk.near().reject(crossing.atNear(), new byte[] {1});
        CmTalk.expect(talk.far(), CmEventType.REJECTED, crossing.farRequest());
        talk.far().accept(crossing.atFar(), Crossing.FAR_QP, CmTalk.NO_DATA);
        CmTalk.expect(talk.near(), CmEventType.CONNECT_RESPONSE, crossing.nearRequest());
        talk.near().establish(crossing.nearRequest());
        CmTalk.expect(talk.far(), CmEventType.ESTABLISHED, crossing.atFar());
    }

    @Test
    default void shouldTellTheLoserOfACrossingThatItAcceptedTooEarly(VerbsFixture fx) {
        Crossing crossing = Crossing.open(fx);
        CmTalk talk = crossing.talk();
        talk.far().accept(crossing.atFar(), Crossing.FAR_QP, CmTalk.NO_DATA);
        CmNotice rejected = CmTalk.expect(talk.far(), CmEventType.REJECTED, crossing.atFar());
        assertThat(rejected.status()).isEqualTo(CmEvent.REJECT_STALE_CONNECTION);
        assertThat(talk.near().next(0)).as("the winner goes on asking").isNull();
    }
}
