package io.openib.btl.openib.fastpath;

import io.openib.verbs.VerbsException;
import java.util.function.Consumer;

/** Hears of lanes that are drained, and expects nothing else. */
final class StrictListener implements LaneListener {
    private final Consumer<Lane> drained;

    StrictListener(Consumer<Lane> drained) {
        this.drained = drained;
    }

    @Override
    public void onLaneError(Lane lane, String what) {
        throw new AssertionError(what);
    }

    @Override
    public void onGoodbye(Lane lane) {
        throw new AssertionError("nobody said goodbye");
    }

    @Override
    public void onLaneDrained(Lane lane) {
        drained.accept(lane);
    }

    @Override
    public void onUnknownQueuePair() {
        throw new AssertionError("nothing arrives");
    }

    @Override
    public void onShortage(VerbsException shortage) {
        throw new AssertionError(shortage);
    }

    @Override
    public void onStarved(int peer, VerbsException shortage) {
        throw new AssertionError(shortage);
    }

    @Override
    public void onUnclaimed(int peer, int tag) {
        throw new AssertionError("tag " + tag);
    }

    @Override
    public void onCallbackFailure(String which, Throwable thrown) {
        throw new AssertionError(which, thrown);
    }
}
