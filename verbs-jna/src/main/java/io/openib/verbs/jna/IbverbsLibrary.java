package io.openib.verbs.jna;

import io.openib.verbs.jna.elf.DamagedLibraryException;
import io.openib.verbs.jna.elf.LibraryFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** libibverbs as it was found here, with every symbol that is needed. */
final class IbverbsLibrary {
    /** Not {@code libibverbs.so}, which only development packages have. */
    static final String STANDARD_NAME = "libibverbs.so.1";

    private static final ConcurrentMap<String, IbverbsLibrary> LOADED = new ConcurrentHashMap<>();

    private final Ibverbs calls;
    private final @Nullable GidQueries gidQueries;
    private final String file;

    IbverbsLibrary(Ibverbs calls, @Nullable GidQueries gidQueries, String file) {
        this.calls = calls;
        this.gidQueries = gidQueries;
        this.file = file;
    }

    /**
     * Loads the library, the first time.
     *
     * @throws UnsupportedStackException when it is not there, or is not what this code was measured on
     */
    static IbverbsLibrary load(String name) {
        Platform.verify();
        return LOADED.computeIfAbsent(name, IbverbsLibrary::open);
    }

    private static IbverbsLibrary open(String name) {
        LibraryFiles files = new LibraryFiles();
        SharedLibrary library =
                open(files, name, "libibverbs1 (Debian) or libibverbs (Red Hat)", "verbs_ibverbs_library");
        ProviderLibraries.of(Path.of(library.name())).ifPresent(providers -> providers.verify(files, System.getenv()));
        Symbols required = Symbols.of(library, "ibv_", Ibverbs.class);
        verifyComplete(
                required,
                library,
                name,
                "ibv_open_device",
                "it is no rdma-core library of version 13 or later: install rdma-core");
        Symbols gids = Symbols.of(library, "_ibv_", GidQueries.class);
        return new IbverbsLibrary(
                NativeBinding.bind(Ibverbs.class, IbverbsTemplate.class, required.addresses()),
                gids.missing().isEmpty()
                        ? NativeBinding.bind(GidQueries.class, GidQueriesTemplate.class, gids.addresses())
                        : null,
                library.file("ibv_open_device"));
    }

    /** Looks at the files first: a damaged one would end the process where the dynamic linker maps it. */
    static SharedLibrary open(LibraryFiles files, String name, String packages, String parameter) {
        Optional<Path> file = files.find(name);
        try {
            if (file.isPresent()) {
                files.verify(file.get());
            }
            return SharedLibrary.open(file.map(Path::toString).orElse(name));
        } catch (DamagedLibraryException e) {
            throw new UnsupportedStackException(e.getMessage()
                    + "; install the package of that file again, or name another library with " + parameter);
        } catch (UnsupportedStackException e) {
            throw new UnsupportedStackException(
                    e.reason() + "; install " + packages + ", or name the library with " + parameter);
        }
    }

    /**
     * @param known one that every release has
     * @param remedy what it means that one is missing, and what to do
     */
    static void verifyComplete(Symbols symbols, SharedLibrary library, String name, String known, String remedy) {
        List<String> missing = symbols.missing();
        if (!missing.isEmpty()) {
            throw new UnsupportedStackException((library.symbol(known) == 0 ? name : library.file(known)) + " has no "
                    + String.join(", ", missing) + "; " + remedy);
        }
    }

    Ibverbs calls() {
        return calls;
    }

    /** Null before version 32. */
    @Nullable
    GidQueries gidQueries() {
        return gidQueries;
    }

    /** Path with version, for people. */
    String file() {
        return file;
    }
}
