package io.openib.verbs.jna;

import io.openib.verbs.jna.elf.LibraryFiles;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** librdmacm as it was found here, with every symbol that is needed. */
final class RdmacmLibrary {
    static final String STANDARD_NAME = "librdmacm.so.1";

    private static final ConcurrentMap<Key, RdmacmLibrary> LOADED = new ConcurrentHashMap<>();

    /** The two libraries work together, so they are loaded as a pair. */
    private record Key(String name, IbverbsLibrary ibverbs) {}

    private final IbverbsLibrary ibverbs;
    private final Rdmacm calls;
    private final String file;

    private RdmacmLibrary(IbverbsLibrary ibverbs, Rdmacm calls, String file) {
        this.ibverbs = ibverbs;
        this.calls = calls;
        this.file = file;
    }

    /**
     * Loads the library, the first time.
     *
     * @param ibverbs which librdmacm asks for devices: loaded before, with its providers looked at
     * @throws UnsupportedStackException when it is not there, or lacks something
     */
    static RdmacmLibrary load(String name, IbverbsLibrary ibverbs) {
        Platform.verify();
        return LOADED.computeIfAbsent(new Key(name, ibverbs), key -> open(key.name, key.ibverbs));
    }

    private static RdmacmLibrary open(String name, IbverbsLibrary ibverbs) {
        SharedLibrary library = IbverbsLibrary.open(
                new LibraryFiles(), name, "librdmacm1 (Debian) or librdmacm (Red Hat)", "verbs_rdmacm_library");
        Symbols required = Symbols.of(library, "rdma_", Rdmacm.class);
        verifyComplete(required, library, name);
        return new RdmacmLibrary(
                ibverbs,
                NativeBinding.bind(Rdmacm.class, RdmacmTemplate.class, required.addresses()),
                library.file("rdma_create_id"));
    }

    /** Of those before rdma-core 23 some names are missing that nothing can go without. */
    static void verifyComplete(Symbols required, SharedLibrary library, String name) {
        IbverbsLibrary.verifyComplete(
                required,
                library,
                name,
                "rdma_create_id",
                "rdmacm needs librdmacm of rdma-core 23 or later: install one, or set btl_openib_cpc to oob");
    }

    /**
     * Has librdmacm, where it is loaded, close its own contexts of devices that the kernel is removing: since version 41 it
     * looks for them whenever it lists its devices, and closes each with its last id. On a thread of its own: to list them it
     * may ask the kernel, which may not answer before all that is open on the removed device is closed, and the caller is who
     * closes ours.
     */
    static void releaseRemovedDevices() {
        for (RdmacmLibrary library : LOADED.values()) {
            Thread thread = new Thread(library::listDevices, "openib-rdmacm-devices");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void listDevices() {
        long list = calls.getDevices(0);
        if (list != 0) {
            calls.freeDevices(list);
        }
    }

    IbverbsLibrary ibverbs() {
        return ibverbs;
    }

    Rdmacm calls() {
        return calls;
    }

    /** Path with version, for people. */
    String file() {
        return file;
    }
}
