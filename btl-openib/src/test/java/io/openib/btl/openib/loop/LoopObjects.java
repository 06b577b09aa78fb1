package io.openib.btl.openib.loop;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import java.util.concurrent.atomic.AtomicInteger;

/** The queues, queue pairs and memory regions of a fabric's devices: how many are open, and which of them is refused. */
public final class LoopObjects {
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger memoryRefused = new AtomicInteger();
    private volatile int refused;
    private volatile long mostMemory = Long.MAX_VALUE;

    LoopObjects() {}

    /** Refuses one of those that will be asked for: the first is 1. */
    public void refuse(int which) {
        refused = asked.get() + which;
    }

    /** From now on gives no memory that is longer than this; none at all for 0. */
    public void refuseMemoryBeyond(long bytes) {
        mostMemory = bytes;
    }

    /** How often it was asked for memory in vain. */
    public int memoryRefused() {
        return memoryRefused.get();
    }

    void makeMemory(String device, long bytes) {
        if (bytes > mostMemory) {
            memoryRefused.incrementAndGet();
            throw new VerbsException("ibv_reg_mr", device, Errno.ENOMEM, bytes + " bytes");
        }
        make("ibv_reg_mr", device);
    }

    /** How many were asked for. */
    public int asked() {
        return asked.get();
    }

    /** How many were made and are not closed. */
    public int open() {
        return open.get();
    }

    void make(String call, String device) {
        int number = asked.incrementAndGet();
        if (number == refused) {
            throw new VerbsException(call, device, Errno.ENOMEM, "told so");
        }
        open.incrementAndGet();
    }

    void closed() {
        open.decrementAndGet();
    }
}
