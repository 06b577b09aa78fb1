package io.openib.wireup.rdmacm;

import io.openib.wireup.Connection;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the transport is asked; its answer, from any thread, goes to the control thread. */
final class Request implements IncomingRequest {
    /** Hears the answer on the control thread. */
    interface Answer {
        /** Whether the set was taken; if not, it is given back to its owner. */
        boolean onAccepted(QueuePairSet set);

        void onRefused(String reason);

        /** The peer is to ask again. */
        void onDeferred();
    }

    private final CmWireup wireup;
    private final PeerName peer;
    private final EffectiveConfiguration configuration;
    private final @Nullable Connection replaced;
    private final @Nullable QueuePairSet ownSet;
    private final Answer answer;

    Request(
            CmWireup wireup,
            PeerName peer,
            EffectiveConfiguration configuration,
            @Nullable Connection replaced,
            @Nullable QueuePairSet ownSet,
            Answer answer) {
        this.wireup = wireup;
        this.peer = peer;
        this.configuration = configuration;
        this.replaced = replaced;
        this.ownSet = ownSet;
        this.answer = answer;
    }

    @Override
    public PeerName peer() {
        return peer;
    }

    @Override
    public EffectiveConfiguration configuration() {
        return configuration;
    }

    @Override
    public Optional<Connection> replaces() {
        return Optional.ofNullable(replaced);
    }

    @Override
    public Optional<QueuePairSet> ownSet() {
        return Optional.ofNullable(ownSet);
    }

    @Override
    public void accept(QueuePairSet set) {
        if (ownSet != null && ownSet != set) {
            throw new IllegalArgumentException("accept the request of " + peer + " with its ownSet()");
        }
        // the own set belongs to the own attempt, whatever becomes of the request
        wireup.run(() -> {
            if (!answer.onAccepted(set) && ownSet == null) {
                set.discard();
            }
        });
    }

    /** Not now: the peer is told to ask again. */
    @SuppressWarnings("MissingOverride") // the contract is about to have it; then this becomes @Override
    public void defer() {
        wireup.run(answer::onDeferred);
    }

    @Override
    public void refuse(String reason) {
        wireup.run(() -> answer.onRefused(reason));
    }
}
