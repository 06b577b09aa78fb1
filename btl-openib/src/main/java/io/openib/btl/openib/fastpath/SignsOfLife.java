package io.openib.btl.openib.fastpath;

import org.jspecify.annotations.Nullable;

/** Whether anything was heard on a lane. Of the owner, once the lane is announced. */
final class SignsOfLife {
    private boolean hasActivity;
    private @Nullable Runnable first;

    /** Sets who hears of the first sign. */
    void onFirst(Runnable listener) {
        first = listener;
    }

    /** Something arrived, or completed well. */
    void heard() {
        hasActivity = true;
        Runnable listener = first;
        if (listener != null) {
            first = null;
            listener.run();
        }
    }

    /** Whether anything was heard since this was last asked. */
    boolean takeActivity() {
        boolean had = hasActivity;
        hasActivity = false;
        return had;
    }
}
