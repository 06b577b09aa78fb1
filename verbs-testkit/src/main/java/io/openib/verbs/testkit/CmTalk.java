package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.WcStatus;
import io.openib.verbs.cm.CmEventType;
import java.util.Objects;

/** What the cases do with the connection managers of their two sides: the near one asks, the far one listens. */
record CmTalk(VerbsFixture fx, CmCalls near, CmCalls far, int listener) {
    static final byte[] NO_DATA = new byte[0];
    static final int STEP_MS = 5_000;

    /** A far listener; without a connection manager on both sides the case is left out. */
    static CmTalk open(VerbsFixture fx) {
        CmCalls near = usable(fx.near().cm());
        CmCalls far = usable(fx.far().cm());
        return new CmTalk(fx, near, far, far.listen(16));
    }

    static CmCalls usable(CmCalls cm) {
        String refusal = cm.refusal();
        assumeThat(refusal).as("a connection manager: %s", refusal).isEmpty();
        return cm;
    }

    /** The next event, which is of this type and this id. */
    static CmNotice expect(CmCalls cm, CmEventType type, int id) {
        CmNotice notice = expect(cm, type);
        assertThat(notice.id()).as("the id of %s", type).isEqualTo(id);
        return notice;
    }

    /** The next event, which is of this type. */
    static CmNotice expect(CmCalls cm, CmEventType type) {
        CmNotice notice = Objects.requireNonNull(cm.next(End.WAIT_MS), "no " + type + " in time");
        assertThat(notice.type()).as("%s", notice).isEqualTo(type);
        return notice;
    }

    /** A near id with a route to the listener. */
    int resolved() {
        return resolved(near, far.address(listener));
    }

    static int resolved(CmCalls from, CmAddress to) {
        int id = from.resolve(to, STEP_MS);
        expect(from, CmEventType.ADDR_RESOLVED, id);
        from.resolveRoute(id, STEP_MS);
        expect(from, CmEventType.ROUTE_RESOLVED, id);
        return id;
    }

    /** A near id that has asked, on behalf of a queue pair. */
    int asking(int qpNumber, byte... privateData) {
        int id = resolved();
        near.connect(id, qpNumber, privateData);
        return id;
    }

    /** A queue pair in INIT on a side. */
    End end(Side side) {
        return fx.end(side, QpRequest.rc()).init(Wiring.none());
    }

    /** A connection from its first step to its last. */
    Joined join() {
        Pair pair = new Pair(end(fx.near()), end(fx.far()));
        int active = asking(pair.near().number());
        CmNotice request = expect(far, CmEventType.CONNECT_REQUEST);
        return finish(pair, active, request);
    }

    /** Goes on from a request: both queue pairs in RTS before the message that says so. */
    Joined finish(Pair pair, int active, CmNotice request) {
        far.ready(request.id(), pair.far().qp().handle(), request.qpNumber());
        far.accept(request.id(), pair.far().number(), NO_DATA);
        CmNotice response = expect(near, CmEventType.CONNECT_RESPONSE, active);
        near.ready(active, pair.near().qp().handle(), response.qpNumber());
        near.establish(active);
        expect(far, CmEventType.ESTABLISHED, request.id());
        return new Joined(this, pair, active, request.id());
    }

    /** Both ends of an established connection. */
    record Joined(CmTalk talk, Pair pair, int active, int passive) {
        /** A message each way. */
        void talkBothWays() {
            send(pair.near(), pair.far());
            send(pair.far(), pair.near());
        }

        private void send(End from, End to) {
            byte[] bytes = talk.fx.bytes(3000);
            from.write(0, bytes);
            to.postRecv(4096, 3000);
            from.post(Send.send(1, from.region().part(0, 3000)));
            from.awaitSend(WcStatus.SUCCESS);
            assertThat(to.awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(3000);
            assertThat(to.read(4096, 3000)).isEqualTo(bytes);
        }

        /** One side begins, the other agrees. */
        void part(boolean isActiveFirst) {
            CmCalls first = isActiveFirst ? talk.near : talk.far;
            CmCalls second = isActiveFirst ? talk.far : talk.near;
            int firstId = isActiveFirst ? active : passive;
            int secondId = isActiveFirst ? passive : active;
            first.disconnect(firstId);
            expect(second, CmEventType.DISCONNECTED, secondId);
            second.disconnect(secondId);
            expect(first, CmEventType.DISCONNECTED, firstId);
        }

        void close() {
            talk.near.close(active);
            talk.far.close(passive);
        }
    }
}
