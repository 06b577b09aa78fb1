package io.openib.wireup;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A peer's request as the transport sees it: hands the first answer to the control thread. */
final class HandshakeRequest implements IncomingRequest {
    private final PeerHandshake owner;
    private final ControlExecutor control;
    private final Optional<Connection> replaces;
    private final @Nullable QueuePairSet ownSet;
    private volatile HandshakeMessage message;
    private volatile boolean isOver;

    HandshakeRequest(
            PeerHandshake owner,
            ControlExecutor control,
            HandshakeMessage message,
            @Nullable Connection replaces,
            @Nullable QueuePairSet ownSet) {
        this.owner = owner;
        this.control = control;
        this.message = message;
        this.replaces = Optional.ofNullable(replaces);
        this.ownSet = ownSet;
    }

    HandshakeMessage message() {
        return message;
    }

    /** The peer has begun anew, or is further: the answer will be to that. */
    void update(HandshakeMessage later) {
        message = later;
    }

    /** No answer counts any more. */
    void end() {
        isOver = true;
    }

    @Override
    public boolean isOpen() {
        return !isOver;
    }

    @Override
    public PeerName peer() {
        return message.source();
    }

    @Override
    public EffectiveConfiguration configuration() {
        return message.requireOffer().configuration();
    }

    @Override
    public Optional<Connection> replaces() {
        return replaces;
    }

    @Override
    public Optional<QueuePairSet> ownSet() {
        return Optional.ofNullable(ownSet);
    }

    @Override
    public void accept(QueuePairSet set) {
        if (ownSet != null && ownSet != set) {
            throw new IllegalArgumentException("accept with the set of this side's own attempt with " + peer());
        }
        if (!control.execute(() -> owner.onAccepted(this, set))) {
            set.discard();
        }
    }

    @Override
    public void refuse(String reason) {
        String clause = reason.length() <= 200 ? reason : reason.substring(0, 200);
        control.execute(() -> owner.onRefused(this, clause));
    }

    @Override
    public void defer() {
        control.execute(() -> owner.onDeferred(this));
    }
}
