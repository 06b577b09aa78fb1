package io.openib.btl.openib;

import io.openib.btl.BtlException;
import java.util.concurrent.locks.LockSupport;

/** The one thread that acts for a transport. Any thread asks. */
final class Owner {
    private volatile Thread thread = Thread.currentThread();
    /** Whether anybody has begun to act as the owner. */
    private volatile boolean hasActed;

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Whether the calling thread is it, and so begins to act if nobody has yet. */
    boolean acts() {
        if (!isCurrent()) {
            return false;
        }
        if (!hasActed) {
            hasActed = true;
        }
        return true;
    }

    /** Makes the calling thread the owner. */
    void adopt() {
        thread = Thread.currentThread();
        hasActed = true;
    }

    void unpark() {
        LockSupport.unpark(thread);
    }

    /** Whether nobody does what other threads ask for. */
    boolean isDeserted() {
        Thread current = thread;
        // It may have handed over, and ended, since it was read.
        return hasActed && !current.isAlive() && current == thread;
    }

    /** @throws BtlException if another thread acts as the owner */
    void verifyHandlersMayBeSet() {
        Thread current = thread;
        if (hasActed && Thread.currentThread() != current) {
            throw new BtlException("handlers are set by the owner, which is thread " + current.getName()
                    + ", once there is one: set them before, in a callback, or by BtlAgent.execute");
        }
    }

    /** @throws BtlException if another thread is the owner, and lives */
    void verifyMayClose() {
        Thread current = thread;
        if (Thread.currentThread() != current && current.isAlive()) {
            throw new BtlException("a transport is closed by its owner, which is thread " + current.getName()
                    + ": stop it, call adopt(), then close()");
        }
    }
}
