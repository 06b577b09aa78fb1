package io.openib.btl.openib;

import io.openib.verbs.AtomicCapability;

/**
 * By which of this rank's devices peers may do atomics on its memory. A device is atomic among its own operations, and mostly not
 * with those of another one: two peers that count in one place by two devices lose counts. So it is one device, the first that has
 * atomics in the order in which the rank publishes its ports; and with it others only if it and they are atomic among all components of the
 * host. What is decided here each peer reads in the modex, so all keep to the same device; those that reach the rank by another one
 * get UNSUPPORTED.
 *
 * <p>It stays so if that device fails: who still works by it, and until when, no rank can know.
 */
final class AtomicDevices {
    private static final int NONE = -1;

    private int first = NONE;
    private boolean isGlobal;

    /** Whether atomics may come by this device, the next one in the order of ports; for each port of a device the same. */
    boolean takes(int device, AtomicCapability capability) {
        if (capability == AtomicCapability.NONE) {
            return false;
        }
        if (first == NONE) {
            first = device;
            isGlobal = capability == AtomicCapability.GLOBAL;
        }
        return device == first || (isGlobal && capability == AtomicCapability.GLOBAL);
    }
}
