package io.openib.verbs.jna;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.Optional;

/** What lies where in this process: {@code /proc/self/maps} as it was when it was read. */
final class MemoryMap {
    private static final Path MAPS = Paths.get("/proc/self/maps");

    private final List<Mapping> mappings;

    private MemoryMap(List<Mapping> mappings) {
        this.mappings = mappings;
    }

    static MemoryMap read() {
        try {
            // Not Files.lines: the file has no length.
            return parse(new String(Files.readAllBytes(MAPS), java.nio.charset.StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new MemoryMap(List.of());
        }
    }

    static MemoryMap parse(String text) {
        return new MemoryMap(
                text.lines().filter(line -> !line.isBlank()).map(Mapping::parse).toList());
    }

    /** The file whose mapping holds an address. */
    Optional<String> fileAt(long address) {
        return at(address).map(Mapping::file).filter(file -> file.startsWith("/"));
    }

    /** Whether code lies at an address. */
    boolean isExecutable(long address) {
        return at(address).map(Mapping::isExecutable).orElse(false);
    }

    private Optional<Mapping> at(long address) {
        return mappings.stream()
                .filter(mapping -> Long.compareUnsigned(mapping.from, address) <= 0
                        && Long.compareUnsigned(address, mapping.to) < 0)
                .findFirst();
    }

    /** A line: {@code from-to perms offset dev inode file}. */
    private record Mapping(long from, long to, boolean isExecutable, String file) {
        static Mapping parse(String line) {
            String[] words = line.trim().split("\\s+", 6);
            int dash = words[0].indexOf('-');
            return new Mapping(
                    Long.parseUnsignedLong(words[0].substring(0, dash), 16),
                    Long.parseUnsignedLong(words[0].substring(dash + 1), 16),
                    words[1].indexOf('x') >= 0,
                    words.length < 6 ? "" : words[5]);
        }
    }
}
