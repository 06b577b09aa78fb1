package io.openib.verbs.jna;

/** How post and poll are called: the values of {@code verbs_native_calls}. */
enum NativeCalls {
    /** The fastest that is there. */
    AUTO,
    /** JNA's direct mapping. */
    JNA
}
