package io.openib.verbs.soft.cm;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.verbs.soft.cm.Places.Place;
import org.jspecify.annotations.Nullable;

/** The side that a request came to. */
final class PassiveExchange extends Exchange {
    /** IB CM's reason for a request that there is no room for. */
    private static final int REJECT_NO_RESOURCES = 3;

    private PassiveExchange(CmAgent agent, CmLink link, Place place, Offer peer) {
        super(agent, link, place, State.REQ_RCVD);
        peer(peer);
    }

    /** Takes the first message of a connection: gives CONNECT_REQUEST to the listener's channel, or refuses. */
    static void onRequest(CmAgent agent, CmLink link, Place place, SoftCmId listener, Offer offer) {
        PassiveExchange exchange = new PassiveExchange(agent, link, place, offer);
        Exchange holder = agent.remoteQueuePairs().claim(offer, exchange);
        if (holder != null) {
            exchange.end(reject(CmEvent.REJECT_STALE_CONNECTION));
            holder.onStale();
        } else if (!listener.isListening()) {
            exchange.end(reject(CmEvent.REJECT_INVALID_SERVICE_ID));
        } else if (agent.faults().rejectsRequest()) {
            exchange.end(reject(REJECT_NO_RESOURCES));
        } else if (!listener.offerRequest(exchange, offer)) {
            exchange.end(reject(CmEvent.REJECT_CONSUMER));
        } else {
            link.send(CmMessage.Signal.MRA);
        }
    }

    /** {@code rdma_accept}. */
    void accept(ConnectionParameters parameters) {
        parameters(parameters);
        state(State.REP_SENT);
        repetition().start(new CmMessage.Reply(own()), this::onUnanswered);
    }

    /** {@code rdma_reject}. */
    void reject(byte[] privateData) {
        end(new CmMessage.Reject(CmEvent.REJECT_CONSUMER, privateData));
    }

    @Override
    void onSetup(CmMessage message) {
        if (state() == State.REQ_RCVD && message instanceof CmMessage.Request) {
            link().send(CmMessage.Signal.MRA);
        } else if (state() == State.REP_SENT && message == CmMessage.Signal.RTU) {
            repetition().stop();
            state(State.ESTABLISHED);
            tell(CmEventType.ESTABLISHED, 0, null);
        }
    }

    @Override
    void onPeerGone(@Nullable Exception cause) {
        int reason = state() == State.REQ_RCVD ? REJECT_TIMEOUT : CmEvent.REJECT_CONSUMER;
        bury();
        tell(CmEventType.REJECTED, reason, rejectParameters(new byte[0]));
    }
}
