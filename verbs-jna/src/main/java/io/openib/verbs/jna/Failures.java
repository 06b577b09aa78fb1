package io.openib.verbs.jna;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;

/** What a failed call of the RDMA libraries means, and what to do about it. */
final class Failures {
    private Failures() {}

    /**
     * @param errno positive, or negated
     */
    static VerbsException of(String call, String place, int errno) {
        int positive = Math.abs(errno);
        return new VerbsException(call, place, positive, meaning(call, positive));
    }

    /** Throws unless a call that returns an errno returned 0. */
    static void check(int result, String call, String place) {
        if (result != 0) {
            throw of(call, place, result == -1 ? Libc.errno() : result);
        }
    }

    /** The pointer that a call returned; throws for null. */
    static long check(long pointer, String call, String place) {
        if (pointer == 0) {
            throw of(call, place, Libc.errno());
        }
        return pointer;
    }

    static VerbsException invalid(String call, String place, String detail) {
        return new VerbsException(call, place, Errno.EINVAL, detail);
    }

    static VerbsException closed(String place) {
        return invalid("verbs", place, "it was closed before");
    }

    /** Providers lock the buffers of these as well. */
    private static String lockedBuffers(String call, MemoryLockLimit limit) {
        boolean isWithBuffer = call.equals("ibv_create_qp")
                || call.equals("ibv_create_srq")
                || call.equals("ibv_create_cq")
                || call.equals("ibv_resize_cq");
        return isWithBuffer && limit.isThere() ? ", or " + limit.remedy() : "";
    }

    private static String meaning(String call, int errno) {
        return switch (errno) {
            case Errno.ENOMEM ->
                call.equals("ibv_reg_mr")
                        ? "memory cannot be locked; " + MemoryLockLimit.read().remedy()
                        : "the device or the system has no room for one more; close some, or ask for less"
                                + lockedBuffers(call, MemoryLockLimit.read());
            case Errno.EBUSY -> "something made from it is still open; close that first";
            case Errno.EACCES, Errno.EPERM -> "not permitted; give this user access to /dev/infiniband";
            case Errno.EIO, Errno.ENODEV -> "the device does not answer or is gone; look at the kernel's log";
            case Errno.EINVAL -> "the library or the device does not take these values";
            case Errno.EOPNOTSUPP -> "the device does not have this";
            case Errno.EADDRINUSE -> "another program has this address and port";
            case Errno.EADDRNOTAVAIL -> "no interface of this host has this address";
            default -> "the call was refused";
        };
    }
}
