package io.openib.verbs.soft.cm;

import io.openib.verbs.Errno;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.verbs.soft.cm.Places.Place;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import org.jspecify.annotations.Nullable;

/** The side that called {@code rdma_connect}. */
final class ActiveExchange extends Exchange {
    ActiveExchange(CmAgent agent, CmLink link, Place place, SoftCmId id) {
        super(agent, link, place, State.REQ_SENT);
        id(id);
    }

    /** {@code rdma_connect}. */
    void start(ConnectionParameters parameters) {
        parameters(parameters);
        repetition().start(new CmMessage.Request(own()), this::onUnanswered);
    }

    /** {@code rdma_establish}. */
    void establish() {
        state(State.ESTABLISHED);
        link().send(CmMessage.Signal.RTU);
    }

    @Override
    void onSetup(CmMessage message) {
        if (!(message instanceof CmMessage.Reply reply)) {
            return;
        }
        switch (state()) {
            case REQ_SENT -> onReply(reply.offer());
            case REP_RCVD -> link().send(CmMessage.Signal.MRA);
            case ESTABLISHED -> link().send(CmMessage.Signal.RTU);
            default -> {
                // on its way out
            }
        }
    }

    private void onReply(Offer offer) {
        if (agent().remoteQueuePairs().claim(offer, this) != null) {
            // as the kernel: the replier is told, this side goes on asking
            link().send(reject(CmEvent.REJECT_STALE_CONNECTION));
            return;
        }
        peer(offer);
        repetition().stop();
        state(State.REP_RCVD);
        link().send(CmMessage.Signal.MRA);
        tell(CmEventType.CONNECT_RESPONSE, 0, offer.asEvent(ConnectionManager.ACCEPT_PRIVATE_DATA));
    }

    @Override
    void onPeerGone(@Nullable Exception cause) {
        boolean wasHeard = state() == State.REP_RCVD || repetition().isAcknowledged();
        bury();
        if (wasHeard) {
            tell(CmEventType.REJECTED, CmEvent.REJECT_CONSUMER, rejectParameters(new byte[0]));
            return;
        }
        CmEventType verdict = verdict(cause);
        tell(verdict, status(cause), verdict == CmEventType.REJECTED ? rejectParameters(new byte[0]) : null);
    }

    /** What it means that nobody was reached, for the reason that the socket gave. */
    static CmEventType verdict(@Nullable Exception cause) {
        return cause instanceof ConnectException && isRefused(cause) ? CmEventType.REJECTED : CmEventType.UNREACHABLE;
    }

    /** The status of that event. */
    static int status(@Nullable Exception cause) {
        if (cause instanceof NoRouteToHostException) {
            return -Errno.EHOSTUNREACH;
        }
        if (cause instanceof ConnectException) {
            return isRefused(cause) ? CmEvent.REJECT_INVALID_SERVICE_ID : -Errno.ETIMEDOUT;
        }
        return -Errno.ECONNRESET;
    }

    private static boolean isRefused(Exception cause) {
        String message = cause.getMessage();
        return message == null || message.contains("refused");
    }
}
