package io.openib.verbs.jna;

/**
 * Where a device does otherwise than verbs promise, and a value set beforehand, or a call left out, keeps the promise.
 *
 * @param retriesForeverAtSeven a retry count of 7 never ends in RETRY_EXC, as it does for receiver-not-ready alone
 * @param freesWhatItDoesNotResize a completion queue whose resize the kernel refuses has lost its memory in the provider's
 *     library, and is freed once more when it is destroyed
 */
record DeviceQuirks(boolean retriesForeverAtSeven, boolean freesWhatItDoesNotResize) {
    private static final int FOREVER = 7;

    /**
     * @param provider the file of the provider library, such as {@code /usr/lib/.../librxe-rdmav34.so}
     */
    static DeviceQuirks of(String provider) {
        return new DeviceQuirks(provider.contains("librxe"), provider.contains("libbnxt_re"));
    }

    /** The retry count to give to the device. */
    int retryCount(int wanted) {
        return retriesForeverAtSeven && wanted == FOREVER ? FOREVER - 1 : wanted;
    }

    /** Whether a completion queue is as it was when a resize of it is refused, so that one may be tried. */
    boolean canTryToResize() {
        return !freesWhatItDoesNotResize;
    }
}
