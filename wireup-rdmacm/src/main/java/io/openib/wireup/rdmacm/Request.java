package io.openib.wireup.rdmacm;

import io.openib.wireup.Connection;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSet;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What the transport is asked; its answer, from any thread, goes to the control thread. */
final class Request implements IncomingRequest {
    /** Hears the answer on the control thread. */
    interface Answer {
        /** Whether it is still waited for. */
        boolean isAwaited();

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
    /** Of the answers the first: the set that it was accepted with, or another word. */
    private final AtomicReference<@Nullable Object> first = new AtomicReference<>();

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
    public boolean isOpen() {
        return answer.isAwaited();
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
        if (!first.compareAndSet(null, set)) {
            if (first.get() != set) {
                giveBack(set);
            }
            return;
        }
        boolean isTaken = wireup.run(() -> {
            if (!answer.onAccepted(set)) {
                giveBack(set);
            }
        });
        if (!isTaken) {
            giveBack(set);
        }
    }

    /** The own set belongs to the own attempt, whatever becomes of the request. */
    private void giveBack(QueuePairSet set) {
        if (ownSet == null) {
            set.discard();
        }
    }

    /** Not now: the peer is told to ask again. */
    @Override
    public void defer() {
        answerOnce(answer::onDeferred);
    }

    @Override
    public void refuse(String reason) {
        answerOnce(() -> answer.onRefused(reason));
    }

    private void answerOnce(Runnable word) {
        if (first.compareAndSet(null, word)) {
            wireup.run(word);
        }
    }
}
