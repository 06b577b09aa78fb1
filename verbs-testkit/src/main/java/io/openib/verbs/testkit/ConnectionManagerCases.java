package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.testkit.CmTalk.Joined;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Connections by the connection manager, from ids that own no queue pair. */
interface ConnectionManagerCases extends VerbsContract {
    /**
     * pyverbs {@code test_rdmacm_sync_traffic}, {@code test_rdmacm_async_traffic}, {@code
     * test_rdmacm_async_traffic_external_qp}.
     */
    @Test
    default void shouldCarryMessagesBothWaysOverAConnectionOfTheManager(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        Joined joined = talk.join();
        joined.talkBothWays();
        joined.part(true);
    }

    /** pyverbs {@code test_rdmacm_async_write}. */
    @Test
    default void shouldWriteOverAConnectionOfTheManager(VerbsFixture fx) {
        Pair pair = CmTalk.open(fx).join().pair();
        byte[] bytes = fx.bytes(5000);
        pair.near().write(0, bytes);
        pair.near()
                .post(Send.write(
                        1, pair.near().region().part(0, 5000), pair.far().region(), 100));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(pair.far().read(100, 5000)).isEqualTo(bytes);
    }

    /** pyverbs {@code test_rdmacm_async_read}. */
    @Test
    default void shouldReadOverAConnectionOfTheManager(VerbsFixture fx) {
        Pair pair = CmTalk.open(fx).join().pair();
        byte[] bytes = fx.bytes(5000);
        pair.far().write(100, bytes);
        pair.near()
                .post(Send.read(
                        1, pair.near().region().part(0, 5000), pair.far().region(), 100));
        pair.near().awaitSend(WcStatus.SUCCESS);
        assertThat(pair.near().read(0, 5000)).isEqualTo(bytes);
    }

    @Test
    default void shouldTellEachSideWhatTheOtherGave(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        int active = talk.asking(0x123456, (byte) 1, (byte) 2);
        CmNotice request = CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST);
        assertThat(request.listenId()).isEqualTo(talk.listener());
        assertThat(request.id()).isNotEqualTo(talk.listener());
        assertThat(request.status()).isZero();
        assertThat(request.qpNumber()).isEqualTo(0x123456);
        assertThat(request.responderResources()).as("what the other has out").isEqualTo(4);
        assertThat(request.initiatorDepth()).as("what the other answers").isEqualTo(3);
        assertThat(request.privateData()).startsWith(1, 2).hasSize(ConnectionManager.CONNECT_PRIVATE_DATA);
        assertThat(Arrays.copyOfRange(request.privateData(), 2, 56))
                .as("padding")
                .containsOnly(0);
        talk.far().accept(request.id(), 77, new byte[] {9});
        CmNotice response = CmTalk.expect(talk.near(), CmEventType.CONNECT_RESPONSE, active);
        assertThat(response.qpNumber()).isEqualTo(77);
        assertThat(response.privateData()).startsWith(9).hasSize(ConnectionManager.ACCEPT_PRIVATE_DATA);
        talk.near().establish(active);
        CmTalk.expect(talk.far(), CmEventType.ESTABLISHED, request.id());
    }

    @Test
    default void shouldCarryAsMuchPrivateDataAsItsLimits(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        byte[] asked = fx.bytes(ConnectionManager.CONNECT_PRIVATE_DATA);
        byte[] accepted = fx.bytes(ConnectionManager.ACCEPT_PRIVATE_DATA);
        byte[] rejected = fx.bytes(ConnectionManager.REJECT_PRIVATE_DATA);
        int first = talk.asking(1, asked);
        CmNotice request = CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST);
        assertThat(request.privateData()).isEqualTo(asked);
        talk.far().accept(request.id(), 2, accepted);
        assertThat(CmTalk.expect(talk.near(), CmEventType.CONNECT_RESPONSE, first)
                        .privateData())
                .isEqualTo(accepted);
        int second = talk.asking(3);
        talk.far().reject(CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST).id(), rejected);
        assertThat(CmTalk.expect(talk.near(), CmEventType.REJECTED, second).privateData())
                .isEqualTo(rejected);
    }

    @Test
    default void shouldGiveBothSidesAttributesThatPairUp(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        int active = talk.asking(5);
        int passive = CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST).id();
        talk.far().accept(passive, 6, CmTalk.NO_DATA);
        CmTalk.expect(talk.near(), CmEventType.CONNECT_RESPONSE, active);
        CmCalls.CmPath nearRtr = talk.near().path(active, QpState.RTR);
        CmCalls.CmPath farRtr = talk.far().path(passive, QpState.RTR);
        assertThat(nearRtr.rqPsn())
                .isEqualTo(talk.far().path(passive, QpState.RTS).sqPsn());
        assertThat(farRtr.rqPsn())
                .isEqualTo(talk.near().path(active, QpState.RTS).sqPsn());
        assertThat(nearRtr.mtuCode()).isEqualTo(farRtr.mtuCode()).isPositive();
    }

    @Test
    default void shouldUseOneListenerAgainAndAgain(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        for (int round = 0; round < 10; round++) {
            Joined joined = talk.join();
            joined.talkBothWays();
            joined.part(round % 2 == 0);
            joined.close();
        }
    }

    @Test
    default void shouldKeepRequestsApartThatAreAnsweredInAnotherOrder(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        List<Pair> pairs = new ArrayList<>();
        List<Integer> active = new ArrayList<>();
        List<CmNotice> requests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            pairs.add(new Pair(talk.end(fx.near()), talk.end(fx.far())));
            active.add(talk.asking(pairs.get(i).near().number()));
            requests.add(CmTalk.expect(talk.far(), CmEventType.CONNECT_REQUEST));
        }
        List<Joined> joined = new ArrayList<>();
        for (int i = 3; i >= 0; i--) {
            joined.add(talk.finish(pairs.get(i), active.get(i), requests.get(i)));
        }
        joined.forEach(Joined::talkBothWays);
        joined.get(0).part(true);
        joined.get(3).talkBothWays();
    }

    @Test
    default void shouldConnectASideToItself(VerbsFixture fx) {
        CmCalls near = CmTalk.usable(fx.near().cm());
        int listener = near.listen(4);
        int active = CmTalk.resolved(near, near.address(listener));
        near.connect(active, 11, CmTalk.NO_DATA);
        int passive = CmTalk.expect(near, CmEventType.CONNECT_REQUEST).id();
        near.accept(passive, 12, CmTalk.NO_DATA);
        CmTalk.expect(near, CmEventType.CONNECT_RESPONSE, active);
        near.establish(active);
        CmTalk.expect(near, CmEventType.ESTABLISHED, passive);
    }

    @Test
    default void shouldTellWhoDisconnectsWhenThePeerHasDisconnectedToo(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        Joined joined = talk.join();
        talk.near().disconnect(joined.active());
        CmTalk.expect(talk.far(), CmEventType.DISCONNECTED, joined.passive());
        assertThat(talk.near().next(0)).as("the peer has not agreed yet").isNull();
        talk.far().disconnect(joined.passive());
        CmTalk.expect(talk.near(), CmEventType.DISCONNECTED, joined.active());
    }

    @Test
    default void shouldTellThePeerWhenAConnectedIdIsClosed(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        Joined first = talk.join();
        talk.far().close(first.passive());
        CmTalk.expect(talk.near(), CmEventType.DISCONNECTED, first.active());
        Joined second = talk.join();
        talk.near().close(second.active());
        CmTalk.expect(talk.far(), CmEventType.DISCONNECTED, second.passive());
    }

    @Test
    default void shouldTellThePeerWhenTheChannelIsClosed(VerbsFixture fx) {
        CmTalk talk = CmTalk.open(fx);
        Joined joined = talk.join();
        talk.near().closeChannel();
        CmTalk.expect(talk.far(), CmEventType.DISCONNECTED, joined.passive());
        assertThat(talk.near().next(End.WAIT_MS))
                .as("a closed channel ends the wait")
                .isNull();
    }

    @Test
    default void shouldKnowItsDeviceOnceItIsBoundAndHandOnItsContext(VerbsFixture fx) throws InterruptedException {
        CmTalk.usable(fx.near().cm());
        LocalCm near = fx.near().cm();
        CmId fresh = near.channel().createId();
        assertThat(fresh.deviceName()).isEmpty();
        assertThat(fresh.port()).isZero();
        assertThat(fresh.localAddress()).isNull();
        assertThat(fresh.peerAddress()).isNull();
        fresh.close();
        int listener = near.listen(4);
        near.id(listener).context("the listener's");
        int active = CmTalk.resolved(near, near.address(listener));
        assertThat(near.id(active).deviceName()).isEqualTo(fx.device().name());
        assertThat(near.id(active).port()).isEqualTo(fx.underTest().port());
        near.connect(active, 21, CmTalk.NO_DATA);
        CmEvent request = Objects.requireNonNull(near.channel().next(End.WAIT_MS), "no request");
        near.keep(request.id());
        assertThat(request.listenId()).isSameAs(near.id(listener));
        assertThat(request.id().context()).isEqualTo("the listener's");
        assertThat(request.id().peerAddress()).isNotNull();
        assertThat(request.id().deviceName()).isEqualTo(fx.device().name());
    }

    @Test
    default void shouldEndTheWaitForAnEventWhenWoken(VerbsFixture fx) throws Exception {
        CmTalk.usable(fx.near().cm());
        LocalCm near = fx.near().cm();
        near.channel().wakeup();
        assertThat(near.channel().next(End.WAIT_MS)).isNull();
        Thread waker = new Thread(near.channel()::wakeup);
        waker.start();
        assertThat(near.channel().next(End.WAIT_MS)).isNull();
        waker.join();
        assertThat(near.channel().next(0)).isNull();
    }
}
