package io.openib.verbs.jna;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

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

    /** The file whose code lies at an address. */
    Optional<String> codeAt(long address) {
        return at(address).filter(Mapping::isExecutable).map(Mapping::file).filter(file -> file.startsWith("/"));
    }

    private Optional<Mapping> at(long address) {
        return mappings.stream()
                .filter(mapping -> Long.compareUnsigned(mapping.from, address) <= 0
                        && Long.compareUnsigned(address, mapping.to) < 0)
                .findFirst();
    }

    /** A line: {@code from-to perms offset dev inode file}, and a word more where the file has been replaced since. */
    private record Mapping(long from, long to, boolean isExecutable, String file) {
        private static final Pattern REPLACED = Pattern.compile(" \\(deleted\\)$");

        static Mapping parse(String line) {
            String[] words = line.trim().split("\\s+", 6);
            int dash = words[0].indexOf('-');
            return new Mapping(
                    Long.parseUnsignedLong(words[0].substring(0, dash), 16),
                    Long.parseUnsignedLong(words[0].substring(dash + 1), 16),
                    words[1].indexOf('x') >= 0,
                    words.length < 6 ? "" : REPLACED.matcher(words[5]).replaceFirst(""));
        }
    }
}
