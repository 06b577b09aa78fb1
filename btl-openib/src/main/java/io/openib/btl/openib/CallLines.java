package io.openib.btl.openib;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Calls that could not be done yet: a line a peer, so that no peer holds up those to another one. Of the owner. */
final class CallLines {
    private final @Nullable Line[] byPeer;
    private final List<Line> standing = new ArrayList<>();

    private static final class Line {
        final Queue<Call> calls = new ArrayDeque<>();
        boolean isStanding;
    }

    CallLines(int peers) {
        byPeer = new @Nullable Line[peers];
    }

    boolean isEmpty() {
        return standing.isEmpty();
    }

    boolean isStanding(int peer) {
        Line line = byPeer[peer];
        return line != null && line.isStanding;
    }

    void add(Call call) {
        Line line = byPeer[call.peer];
        if (line == null) {
            line = new Line();
            byPeer[call.peer] = line;
        }
        line.calls.add(call);
        if (!line.isStanding) {
            line.isStanding = true;
            standing.add(line);
        }
    }

    /** Those that wait for a peer fail when they have their turn. */
    void giveUp(int peer) {
        Line line = byPeer[peer];
        if (line != null) {
            line.calls.forEach(call -> call.isGivenUp = true);
        }
    }

    /**
     * Goes along each line, the one that stands longest first, until a call of it is not done; what is added meanwhile has its turn the next time.
     *
     * @param isDone does a call, or says that it is too early
     * @param ended is handed those that are done
     * @return how many those are
     */
    int drain(Predicate<Call> isDone, Consumer<Call> ended) {
        int count = 0;
        int at = 0;
        for (int lines = standing.size(); lines > 0; lines--) {
            Line line = standing.get(at);
            count += drain(line, isDone, ended);
            if (line.calls.isEmpty()) {
                line.isStanding = false;
                standing.remove(at);
            } else {
                at++;
            }
        }
        return count;
    }

    private static int drain(Line line, Predicate<Call> isDone, Consumer<Call> ended) {
        int most = line.calls.size();
        for (int count = 0; count < most; count++) {
            Call call = line.calls.element();
            if (!isDone.test(call)) {
                return count;
            }
            line.calls.remove();
            ended.accept(call);
        }
        return most;
    }
}
