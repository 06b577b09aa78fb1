package io.openib.verbs.jna;

/**
 * Where a device does otherwise than verbs promise, and a value set beforehand keeps the promise.
 *
 * @param retriesForeverAtSeven a retry count of 7 never ends in RETRY_EXC, as it does for receiver-not-ready alone
 */
record DeviceQuirks(boolean retriesForeverAtSeven) {
    private static final int FOREVER = 7;

    /**
     * @param provider the file of the provider library, such as {@code /usr/lib/.../librxe-rdmav34.so}
     */
    static DeviceQuirks of(String provider) {
        return new DeviceQuirks(provider.contains("librxe"));
    }

    /** The retry count to give to the device. */
    int retryCount(int wanted) {
        return retriesForeverAtSeven && wanted == FOREVER ? FOREVER - 1 : wanted;
    }
}
