package io.openib.verbs.soft.cm;

import io.openib.verbs.Errno;
import io.openib.verbs.Mtu;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.verbs.soft.cm.Places.Place;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One connection from its request to its end: the state machine that both sides share. It outlives its id by the few
 * messages that tell the peer so. Under the agent's lock.
 */
abstract sealed class Exchange implements CmLink.Owner permits ActiveExchange, PassiveExchange {
    /** IB CM's reason for a request that its maker gave up. */
    static final int REJECT_TIMEOUT = 4;

    private static final byte[] NO_DATA = new byte[0];

    /** The states of the InfiniBand specification, without those that nobody can observe here. */
    enum State {
        /** Active: REQ is out. */
        REQ_SENT,
        /** Passive: the program has yet to answer. */
        REQ_RCVD,
        /** Passive: REP is out. */
        REP_SENT,
        /** Active: the program has yet to establish. */
        REP_RCVD,
        ESTABLISHED,
        /** DREQ is out. */
        DREQ_SENT,
        /** The peer has asked for the end, and waits until the program agrees: as the kernel's does. */
        DREQ_RCVD,
        /** Over; the last word is repeated to who asks again. */
        ENDED
    }

    private final CmAgent agent;
    private final CmLink link;
    private final Place place;
    private final Repetition repetition;
    private State state;
    private @Nullable SoftCmId id;
    private final int psn = ThreadLocalRandom.current().nextInt(1 << 24);
    private ConnectionParameters parameters = new ConnectionParameters(NO_DATA, 0, 0, 0, 0, false, 0);
    private @Nullable Offer peer;
    private @Nullable CmMessage lastWord;

    Exchange(CmAgent agent, CmLink link, Place place, State state) {
        this.agent = agent;
        this.link = link;
        this.place = place;
        this.state = state;
        repetition = new Repetition(agent, link);
        link.owner(this);
    }

    // What the program does

    /** {@code rdma_disconnect}: asks for the end, or agrees to it. */
    final void disconnect() {
        if (state == State.DREQ_RCVD) {
            end(CmMessage.Signal.DREP);
            awaitTimewait();
            return;
        }
        state = State.DREQ_SENT;
        repetition.start(CmMessage.Signal.DREQ, this::onDisconnected);
    }

    /** The program has destroyed the id. */
    final void abandon() {
        id = null;
        switch (state) {
            case REQ_SENT -> end(new CmMessage.Reject(REJECT_TIMEOUT, NO_DATA));
            case REQ_RCVD, REP_SENT, REP_RCVD -> end(reject(CmEvent.REJECT_CONSUMER));
            case ESTABLISHED, DREQ_RCVD -> disconnect();
            case DREQ_SENT, ENDED -> {
                // what is under way goes on
            }
        }
    }

    // What the peer does

    @Override
    public final void onMessage(CmMessage message) {
        if (state == State.ENDED) {
            repeatLastWord(message);
        } else if (message == CmMessage.Signal.DREQ) {
            onDreq();
        } else if (message == CmMessage.Signal.DREP) {
            if (state == State.DREQ_SENT) {
                onDisconnected();
            }
        } else if (message == CmMessage.Signal.MRA) {
            repetition.acknowledge();
        } else if (message instanceof CmMessage.Reject reject) {
            onReject(reject);
        } else {
            onSetup(message);
        }
    }

    /** REQ, REP or RTU while the exchange lives; duplicates too. */
    abstract void onSetup(CmMessage message);

    /** The peer's orderly or disorderly end, in a state before ESTABLISHED. */
    abstract void onPeerGone(@Nullable Exception cause);

    private void onDreq() {
        switch (state) {
            case ESTABLISHED, REP_SENT, REP_RCVD -> {
                repetition.stop();
                state = State.DREQ_RCVD;
                tell(CmEventType.DISCONNECTED, 0, null);
            }
            case DREQ_SENT -> {
                // both have asked, so both agree
                end(CmMessage.Signal.DREP);
                tellDisconnected();
            }
            default -> {
                // no connection yet: not for us
            }
        }
    }

    private void onReject(CmMessage.Reject reject) {
        switch (state) {
            case ESTABLISHED, DREQ_SENT -> onDisconnected();
            case DREQ_RCVD -> onPeerEnded();
            default -> {
                boolean isStale = reject.reason() == CmEvent.REJECT_STALE_CONNECTION;
                if (isStale && state == State.REP_SENT) {
                    // who sent it goes on asking, as the kernel's does, and hears nothing
                    endSilently();
                } else {
                    bury();
                }
                tell(CmEventType.REJECTED, reject.reason(), rejectParameters(reject.privateData()));
            }
        }
    }

    @Override
    public final void onClosed(@Nullable Exception cause) {
        switch (state) {
            case ESTABLISHED, DREQ_SENT -> onDisconnected();
            case DREQ_RCVD -> onPeerEnded();
            case ENDED -> bury();
            default -> onPeerGone(cause);
        }
    }

    /** Another exchange of the peer came with a queue pair number that this one holds: it must have lost its own. */
    final void onStale() {
        if (state == State.ESTABLISHED) {
            disconnect();
        }
    }

    // Ends

    private void onDisconnected() {
        bury();
        tellDisconnected();
    }

    /** The peer does not wait for the program's agreement any more. */
    private void onPeerEnded() {
        bury();
        awaitTimewait();
    }

    private void tellDisconnected() {
        tell(CmEventType.DISCONNECTED, 0, null);
        awaitTimewait();
    }

    private void awaitTimewait() {
        agent.loop().schedule(agent.settings().timewaitMs(), () -> tell(CmEventType.TIMEWAIT_EXIT, 0, null));
    }

    /** Nobody answered in time, or the peer vanished. */
    final void unreachable(int errno) {
        end(new CmMessage.Reject(REJECT_TIMEOUT, NO_DATA));
        tell(CmEventType.UNREACHABLE, -errno, null);
    }

    final void onUnanswered() {
        unreachable(Errno.ETIMEDOUT);
    }

    /** Says a last word and lingers for a while, in case that it is lost. */
    final void end(CmMessage message) {
        endSilently();
        lastWord = message;
        link.send(message);
    }

    private void endSilently() {
        repetition.stop();
        releasePeer();
        state = State.ENDED;
        long lingerMs = agent.settings().responseTimeoutMs() * agent.settings().retries();
        agent.loop().schedule(lingerMs, this::bury);
    }

    private void repeatLastWord(CmMessage message) {
        boolean isQuestion = !(message instanceof CmMessage.Reject) && message != CmMessage.Signal.DREP;
        if (lastWord != null && isQuestion && message != CmMessage.Signal.MRA) {
            link.send(lastWord);
        }
    }

    /** Forgets the exchange. */
    final void bury() {
        repetition.stop();
        releasePeer();
        state = State.ENDED;
        link.close();
    }

    private void releasePeer() {
        if (peer != null) {
            agent.remoteQueuePairs().release(peer, this);
        }
    }

    /** The private data of a REJECTED, padded as all that arrives. */
    static ConnectionParameters rejectParameters(byte[] data) {
        return new ConnectionParameters(
                Arrays.copyOf(data, ConnectionManager.REJECT_PRIVATE_DATA), 0, 0, 0, 0, false, 0);
    }

    static CmMessage.Reject reject(int reason) {
        return new CmMessage.Reject(reason, NO_DATA);
    }

    // Shared

    final void tell(CmEventType type, int status, @Nullable ConnectionParameters parameters) {
        if (id != null) {
            id.post(type, status, parameters);
        }
    }

    final CmAgent agent() {
        return agent;
    }

    final CmLink link() {
        return link;
    }

    final Repetition repetition() {
        return repetition;
    }

    final Place place() {
        return place;
    }

    final State state() {
        return state;
    }

    final void state(State value) {
        state = value;
    }

    final @Nullable SoftCmId id() {
        return id;
    }

    final void id(SoftCmId value) {
        id = value;
    }

    /** What this side tells, or will. */
    final Offer own() {
        CmPort port = place.port();
        Mtu mtu = peer == null ? port.activeMtu() : PathAttributes.pathMtu(this, peer);
        return new Offer(port.nodeGuid(), place.address().gid(), port.lid(), mtu, psn, parameters);
    }

    final void parameters(ConnectionParameters value) {
        parameters = value;
    }

    /** What the peer told. */
    final @Nullable Offer peer() {
        return peer;
    }

    final void peer(Offer value) {
        peer = value;
    }
}
