package io.openib.wireup;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The peer's request that the transport has not answered yet, if there is one, and its deadline. Control thread only. */
final class PendingRequest {
    private final HandshakeScope scope;
    private @Nullable HandshakeRequest request;
    private @Nullable Runnable deadline;

    PendingRequest(HandshakeScope scope) {
        this.scope = scope;
    }

    boolean isPresent() {
        return request != null;
    }

    boolean is(HandshakeRequest other) {
        return request == other;
    }

    /** Whether it comes from the peer's module of a generation. */
    boolean isOf(long generation) {
        return request != null && request.message().generation() == generation;
    }

    /** What the answer will be to. */
    HandshakeMessage message() {
        HandshakeRequest current = request;
        if (current == null) {
            throw new IllegalStateException("nobody asks");
        }
        return current.message();
    }

    void update(HandshakeMessage message) {
        if (request != null) {
            request.update(message);
        }
    }

    void begin(HandshakeRequest asked, Consumer<HandshakeRequest> onUnanswered) {
        request = asked;
        deadline = scope.control().schedule(scope.settings().timeoutMs(), () -> onUnanswered.accept(asked));
    }

    /** Ends it; gives what the answer is to. */
    HandshakeMessage take() {
        HandshakeMessage asked = message();
        end();
        return asked;
    }

    void end() {
        if (deadline != null) {
            deadline.run();
            deadline = null;
        }
        if (request != null) {
            request.end();
            request = null;
        }
    }
}
