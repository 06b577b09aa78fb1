package io.openib.verbs.soft.arena;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What is left of the arena of a process that has gone, files and all: the segments that it had lent to this one. */
public final class DepartedArena extends ArenaView {
    private final OwnArena borrower;

    /** Of the arena with an id. */
    public DepartedArena(long id, OwnArena borrower) {
        super(id);
        this.borrower = borrower;
        learnDeath();
    }

    @Override
    @Nullable
    ByteBuffer load(int index) {
        ByteBuffer memory = borrower.lent(id(), index);
        if (memory != null) {
            keep(index, memory);
        }
        return memory;
    }

    @Override
    public boolean isLost(int index) {
        return !borrower.hasLent(id(), index);
    }

    @Override
    public boolean isAlive() {
        return false;
    }

    @Override
    public void ring(long message) {
        // Nobody is there to hear it.
    }
}
