package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.wire.Header;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What is done with all lanes of a path at once. Owner thread. */
public final class AllLanes {
    private final FastPath path;

    AllLanes(FastPath path) {
        this.path = path;
    }

    /** Those that there are when each one's turn comes. */
    private void each(Consumer<Lane> action) {
        for (int slot = 0; slot < path.slotLimit(); slot++) {
            Lane lane = path.laneAt(slot);
            if (lane != null) {
                action.accept(lane);
            }
        }
    }

    private boolean isAny(Predicate<Lane> condition) {
        boolean isAny = false;
        for (int slot = 0; slot < path.slotLimit() && !isAny; slot++) {
            Lane lane = path.laneAt(slot);
            isAny = lane != null && condition.test(lane);
        }
        return isAny;
    }

    /** All connections are over. */
    public void lose(String why) {
        each(lane -> path.report(lane, why));
    }

    /** Sees to it that everything posted will complete visibly. */
    public void flush() {
        each(lane -> {
            if (lane.isUp()) {
                lane.flush();
            }
        });
    }

    /** Says goodbye on each lane once, behind everything posted; false while a lane has no slot for it. */
    public boolean sayGoodbyes() {
        boolean[] isSaid = {true};
        each(lane -> isSaid[0] &= lane.sayLast(Header.GOODBYE));
        return isSaid[0];
    }

    /** Whether a lane is neither up nor failed. */
    public boolean areConnecting() {
        return isAny(lane -> !lane.isUp() && !lane.isFailed());
    }

    /** Whether all that was posted is complete. */
    public boolean areQuiet() {
        return !isAny(lane -> !lane.hasNothingToComplete());
    }

    /** Completes what they still hold, with what failures complete with now, though their device may go on: nobody looks at it any more. */
    public void giveUp() {
        each(path::completeAll);
    }

    /** Whether there is none left. */
    public boolean areGone() {
        return !isAny(lane -> true);
    }
}
