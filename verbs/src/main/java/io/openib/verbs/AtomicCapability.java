package io.openib.verbs;

/** {@code enum ibv_atomic_cap}, in its order: among whom the device's atomics are atomic. */
public enum AtomicCapability {
    NONE,
    /** Among the queue pairs of one device. */
    HCA,
    /** Among all components of the host. */
    GLOBAL
}
