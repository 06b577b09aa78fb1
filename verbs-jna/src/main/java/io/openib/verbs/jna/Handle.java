package io.openib.verbs.jna;

import io.openib.verbs.Errno;
import java.util.function.LongConsumer;
import java.util.function.LongToIntFunction;

/** The address of a native object, until it is destroyed. */
final class Handle {
    private final String place;
    private volatile long address;

    Handle(String place, long address) {
        this.place = place;
        this.address = address;
    }

    /**
     * @throws io.openib.verbs.VerbsException EINVAL after it was closed
     */
    long address() {
        long found = address;
        if (found == 0) {
            throw Failures.closed(place);
        }
        return found;
    }

    boolean isClosed() {
        return address == 0;
    }

    String place() {
        return place;
    }

    /** As {@link #close(String, LongToIntFunction, LongConsumer)}, with nothing to do afterwards. */
    void close(String call, LongToIntFunction destroy) {
        close(call, destroy, former -> {});
    }

    /**
     * Destroys it, once. A failure leaves it open, except EIO: the device is gone, and the object with it.
     *
     * @param destroy returns 0 or an errno
     * @param gone done with the former address when the object is no more
     */
    synchronized void close(String call, LongToIntFunction destroy, LongConsumer gone) {
        long found = address;
        if (found == 0) {
            return;
        }
        address = 0;
        int result = destroy.applyAsInt(found);
        int errno = result == -1 ? Libc.errno() : Math.abs(result);
        if (errno != 0 && errno != Errno.EIO) {
            address = found;
            throw Failures.of(call, place, errno);
        }
        gone.accept(found);
    }
}
