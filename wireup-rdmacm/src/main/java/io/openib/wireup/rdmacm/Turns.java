package io.openib.wireup.rdmacm;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** A bound on the attempts that ask at a time; others wait their turn. Control thread only. */
final class Turns {
    private final int most;
    private final Set<OwnAttempt> asking = new HashSet<>();
    private final Set<OwnAttempt> waiting = new LinkedHashSet<>();
    private boolean isStarting;

    Turns(int most) {
        this.most = most;
    }

    /** Starts it, now or when it is its turn; who has had it starts again at once. */
    void ask(OwnAttempt attempt) {
        if (asking.contains(attempt) || asking.size() < most) {
            asking.add(attempt);
            attempt.start();
        } else {
            waiting.add(attempt);
            attempt.onInLine();
        }
    }

    /** It does not want to ask for now: the peer has asked. */
    void pass(OwnAttempt attempt) {
        waiting.remove(attempt);
    }

    /** It is over, whether it had its turn or not. */
    void leave(OwnAttempt attempt) {
        waiting.remove(attempt);
        if (asking.remove(attempt) && !isStarting) {
            isStarting = true;
            try {
                startWaiting();
            } finally {
                isStarting = false;
            }
        }
    }

    /** One after the other, however many fail at once: each leaves from within its start. */
    private void startWaiting() {
        while (asking.size() < most && !waiting.isEmpty()) {
            OwnAttempt next = waiting.iterator().next();
            waiting.remove(next);
            asking.add(next);
            next.start();
        }
    }

    /** Nobody who waits has a turn any more. */
    void close() {
        waiting.clear();
    }
}
