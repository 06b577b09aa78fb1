package io.openib.wireup;

import java.util.Optional;

/** A request by one scheme from a peer that is connected by another; that connection ends when the request is accepted. */
final class ReplacingRequest implements IncomingRequest {
    private final IncomingRequest request;
    private final Connection held;
    private final ControlExecutor control;
    private boolean isAnswered;

    ReplacingRequest(IncomingRequest request, Connection held, ControlExecutor control) {
        this.request = request;
        this.held = held;
        this.control = control;
    }

    @Override
    public PeerName peer() {
        return request.peer();
    }

    @Override
    public boolean isOpen() {
        return request.isOpen();
    }

    @Override
    public EffectiveConfiguration configuration() {
        return request.configuration();
    }

    @Override
    public Optional<Connection> replaces() {
        return Optional.of(request.replaces().orElse(held));
    }

    @Override
    public Optional<QueuePairSet> ownSet() {
        return request.ownSet();
    }

    @Override
    public synchronized void accept(QueuePairSet set) {
        request.accept(set);
        if (!isAnswered) {
            isAnswered = true;
            if (!control.execute(held::disconnect)) {
                held.disconnect();
            }
        }
    }

    @Override
    public synchronized void refuse(String reason) {
        isAnswered = true;
        request.refuse(reason);
    }

    @Override
    public synchronized void defer() {
        isAnswered = true;
        request.defer();
    }
}
