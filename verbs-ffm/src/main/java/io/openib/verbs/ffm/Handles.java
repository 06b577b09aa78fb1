package io.openib.verbs.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * One handle for each shape of function; the function's address is an argument, so that a handle is a constant that the
 * compiler inlines whatever context is called.
 *
 * <p>Polling looks at memory, so it goes without the transition that lets the collector work meanwhile, except while the queue
 * is being resized: then it waits for a lock that is held across a system call, and the whole JVM would stand still with it.
 * Posting may be a system call (Soft-RoCE sends within it), and so keeps the transition.
 */
@SuppressWarnings("restricted") // this module is what native access is granted for
final class Handles {
    static final MethodHandle POST =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private static final FunctionDescriptor POLLING = FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG);

    static final MethodHandle POLL = Linker.nativeLinker().downcallHandle(POLLING, Linker.Option.critical(false));

    static final MethodHandle NOTIFY =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));

    private Handles() {}

    /** Made when first needed: a handle takes some milliseconds, and most processes resize no queue. */
    static final class Locked {
        static final MethodHandle POLL = Linker.nativeLinker().downcallHandle(POLLING);

        private Locked() {}
    }

    /**
     * Makes one handle.
     *
     * @throws IllegalCallerException if native access is denied
     * @throws UnsupportedOperationException if this platform has no linker
     */
    static void verify() {
        Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
    }
}
