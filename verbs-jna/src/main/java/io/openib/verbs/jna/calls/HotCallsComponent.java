package io.openib.verbs.jna.calls;

import io.openib.verbs.Availability;

/**
 * A way to call native code by pointer, found by {@link java.util.ServiceLoader} on the path and in the jars of
 * {@code mca_component_path}. Making an instance loads no native library.
 */
public interface HotCallsComponent {
    /** The version of this SPI that a component compiled against it returns from {@link #spiVersion()}. */
    int SPI_VERSION = 1;

    /** Lower-case name: the value of {@code verbs_native_calls} that asks for it. */
    String name();

    /** {@link #SPI_VERSION} as it was when the component was compiled. */
    int spiVersion();

    /** Whether it can be used in this process and, if not, why. Never throws. */
    Availability availability();

    /**
     * Calls that go through these pointers, and through no other pointers, however many sets are bound.
     *
     * @param pointers read from the context that the calls are for
     */
    HotCalls bind(OpsPointers pointers);
}
