package io.openib.verbs.jna;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** A shared library, opened once in this process and never closed: its code may be on some thread's stack. */
final class SharedLibrary {
    private static final ConcurrentMap<String, SharedLibrary> OPEN = new ConcurrentHashMap<>();

    private final String name;
    private final long handle;

    private SharedLibrary(String name, long handle) {
        this.name = name;
        this.handle = handle;
    }

    /**
     * Opens a library.
     *
     * @param name a file, or a name that the dynamic linker looks up
     * @throws UnsupportedStackException with the dynamic linker's own words when it cannot
     */
    static SharedLibrary open(String name) {
        return OPEN.computeIfAbsent(name, SharedLibrary::load);
    }

    private static SharedLibrary load(String name) {
        synchronized (SharedLibrary.class) { // dlerror speaks of the last failure
            long handle = Libc.dlopen(Libc.cString(name), Libc.RTLD_NOW);
            if (handle == 0) {
                String text = Libc.dlerror();
                throw new UnsupportedStackException(text == null ? name + " cannot be loaded" : text);
            }
            return new SharedLibrary(name, handle);
        }
    }

    /** As it was opened: a file, or a name that only the dynamic linker could find. */
    String name() {
        return name;
    }

    /** The address of an exported symbol (its default version), 0 when there is none. */
    long symbol(String symbol) {
        return Libc.dlsym(handle, Libc.cString(symbol));
    }

    /** The file it came from, which on Linux carries the version. */
    String file(String symbol) {
        return MemoryMap.read().fileAt(symbol(symbol)).orElse(name);
    }
}
