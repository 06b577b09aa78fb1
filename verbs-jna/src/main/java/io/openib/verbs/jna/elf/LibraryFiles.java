package io.openib.verbs.jna.elf;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds libraries where the dynamic linker would, and looks at them and at what they need before it does.
 *
 * <p>What is not found is left to the linker, which says so without harm. Used by one thread; looks at each file once.
 */
public final class LibraryFiles {
    private final ElfHeader.Target own;
    private final List<Path> first;
    private final LinkerCache cache;
    private final Map<Path, Boolean> isOwn = new HashMap<>();
    /** What was looked at, with all that it needs. */
    private final Set<Path> whole = new HashSet<>();

    /** As this process has it around itself. */
    public LibraryFiles() {
        this(
                String.valueOf(System.getenv().getOrDefault("LD_LIBRARY_PATH", "")),
                LinkerCache.read(Path.of("/etc/ld.so.cache")),
                ElfHeader.Target.OWN);
    }

    LibraryFiles(String libraryPath, LinkerCache cache, ElfHeader.Target own) {
        this.own = own;
        this.first = folders(libraryPath, Path.of("."));
        this.cache = cache;
    }

    /** Where the linker of a processor looks last. */
    static List<String> standardFolders(ElfHeader.Target own) {
        String multiarch = own.multiarch();
        return List.of("/lib/" + multiarch, "/usr/lib/" + multiarch, "/lib64", "/usr/lib64", "/lib", "/usr/lib");
    }

    /**
     * The file that stands for a name, for this processor.
     *
     * @param name a file, if it has a slash; else what the linker searches for
     * @return empty if there is none
     */
    public Optional<Path> find(String name) {
        return find(name, List.of());
    }

    private Optional<Path> find(String name, List<Path> runPath) {
        if (name.indexOf('/') >= 0) {
            return path(name).filter(Files::exists);
        }
        List<Path> candidates = new ArrayList<>();
        first.forEach(folder -> candidates.add(folder.resolve(name)));
        runPath.forEach(folder -> candidates.add(folder.resolve(name)));
        candidates.addAll(cache.files(name));
        standardFolders(own).forEach(folder -> candidates.add(Path.of(folder, name)));
        return candidates.stream().filter(this::isOwn).findFirst();
    }

    private boolean isOwn(Path file) {
        return isOwn.computeIfAbsent(file, path -> Files.exists(path) && !ElfLibrary.isForeign(path, own));
    }

    private static Optional<Path> path(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /**
     * Looks at a library and at all that would be loaded with it.
     *
     * @throws DamagedLibraryException for the first file that the linker must not be given
     */
    public void verify(Path file) throws DamagedLibraryException {
        Set<Path> seen = new HashSet<>(whole);
        verify(file, seen);
        whole.addAll(seen);
    }

    private void verify(Path file, Set<Path> seen) throws DamagedLibraryException {
        if (!seen.add(file)) {
            return;
        }
        ElfLibrary library = ElfLibrary.read(file, own);
        String origin = String.valueOf(file.toAbsolutePath().getParent());
        List<Path> runPath =
                folders(library.searchPath().replace("${ORIGIN}", origin).replace("$ORIGIN", origin), Path.of(origin));
        for (String needed : library.needed()) {
            Optional<Path> found = find(needed, runPath);
            if (found.isPresent()) {
                verify(found.get(), seen);
            }
        }
    }

    /** An empty part is the current folder, for the linker as here. */
    private static List<Path> folders(String colons, Path empty) {
        return colons.isEmpty()
                ? List.of()
                : Arrays.stream(colons.split(":", -1))
                        .map(part -> part.isEmpty() ? Optional.of(empty) : path(part))
                        .flatMap(Optional::stream)
                        .toList();
    }
}
