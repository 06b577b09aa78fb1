package io.openib.btl.openib.fastpath;

import org.jspecify.annotations.Nullable;

/** Whether anything was heard on a lane. Of the owner, once the lane is announced. */
final class SignsOfLife {
    private boolean hasActivity;
    private boolean isAwaited;
    private @Nullable Runnable first;

    /** Sets who hears of the first sign. */
    void onFirst(Runnable listener) {
        first = listener;
    }

    /** Something arrived, or completed well; {@code isAsked} says that it was anything but a keepalive. */
    void heard(boolean isAsked) {
        hasActivity |= isAsked;
        Runnable listener = first;
        if (listener != null) {
            first = null;
            listener.run();
        }
    }

    /** Whether a keepalive is under way. */
    boolean isAwaited() {
        return isAwaited;
    }

    /** One is under way, or complete. */
    void await(boolean isUnderWay) {
        isAwaited = isUnderWay;
    }

    /** Whether anything but keepalives was heard since this was last asked. */
    boolean takeActivity() {
        boolean had = hasActivity;
        hasActivity = false;
        return had;
    }
}
