package io.openib.verbs.jna;

import java.util.Locale;

/** How post and poll are called: the values of {@code verbs_native_calls}. */
enum NativeCalls {
    /** The fastest that is there. */
    AUTO,
    /** JNA's direct mapping. */
    JNA,
    /** {@code java.lang.foreign}, by the component {@code verbs-ffm}. */
    FFM;

    /** As it is written in a parameter, and the name of its component. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
