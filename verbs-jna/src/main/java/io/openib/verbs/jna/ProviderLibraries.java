package io.openib.verbs.jna;

import io.openib.verbs.jna.elf.DamagedLibraryException;
import io.openib.verbs.jna.elf.LibraryFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The provider libraries that libibverbs loads by itself when it is first asked for devices: all that its configuration
 * names, whatever hardware there is. So one damaged file is enough to end the process.
 *
 * @param configuration the folder of files with lines {@code driver NAME}
 * @param folder where {@code libNAME-rdmavNN.so} are
 * @param suffix {@code -rdmavNN.so}, of the private version that this libibverbs takes
 */
record ProviderLibraries(Path configuration, Path folder, String suffix) {
    /** As they are compiled into libibverbs. */
    private static final Pattern FOLDER = Pattern.compile("(/[!-~]+)/lib%s(-rdmav\\d+\\.so)");

    private static final Pattern CONFIGURATION = Pattern.compile("/[!-~]+/libibverbs\\.d");
    private static final Pattern DIRECTIVE = Pattern.compile("\\s*driver\\s+(\\S+).*");
    private static final List<String> MORE = List.of("RDMAV_DRIVERS", "IBV_DRIVERS");

    /** Those of a libibverbs; empty if its file does not tell where they are. */
    static Optional<ProviderLibraries> of(Path ibverbs) {
        String text;
        try {
            text = Files.readString(ibverbs, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Optional.empty();
        }
        return literal(text, "/lib%s-rdmav", FOLDER).flatMap(folder -> literal(text, "/libibverbs.d", CONFIGURATION)
                .map(configuration -> new ProviderLibraries(
                        Path.of(configuration.group()), Path.of(folder.group(1)), folder.group(2))));
    }

    /** {@code rdmavNN}. */
    String privateVersion() {
        return suffix.substring(1, suffix.length() - ".so".length());
    }

    /** The first text that ends with a zero byte, holds a part and matches; a search for the part alone is quick. */
    private static Optional<MatchResult> literal(String text, String part, Pattern pattern) {
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
            int end = text.indexOf('\0', at);
            Matcher matcher =
                    pattern.matcher(text).region(text.lastIndexOf('\0', at) + 1, end < 0 ? text.length() : end);
            if (matcher.matches()) {
                return Optional.of(matcher.toMatchResult());
            }
        }
        return Optional.empty();
    }

    /**
     * Looks at each of them, and at what it needs.
     *
     * @throws UnsupportedStackException for the first that is damaged
     */
    void verify(LibraryFiles files, Map<String, String> environment) {
        for (Map.Entry<String, String> driver : drivers(environment).entrySet()) {
            Optional<Path> file = file(driver.getKey(), files);
            if (file.isPresent()) {
                try {
                    files.verify(file.get());
                } catch (DamagedLibraryException e) {
                    throw new UnsupportedStackException(e.getMessage() + ", and libibverbs loads it ("
                            + driver.getValue() + " names driver " + driver.getKey()
                            + "); install its package again (ibverbs-providers on Debian), or take that name away");
                }
            }
        }
    }

    private Optional<Path> file(String driver, LibraryFiles files) {
        if (driver.startsWith("/")) {
            return files.find(driver + suffix);
        }
        String name = "lib" + driver + suffix;
        return files.find(folder.resolve(name).toString()).or(() -> files.find(name));
    }

    /** Names of drivers, each with who names it. */
    private Map<String, String> drivers(Map<String, String> environment) {
        Map<String, String> drivers = new TreeMap<>();
        for (Path file : configurationFiles()) {
            lines(file)
                    .map(DIRECTIVE::matcher)
                    .filter(Matcher::matches)
                    .forEach(line -> drivers.put(line.group(1), file.toString()));
        }
        for (String variable : MORE) {
            for (String name : environment.getOrDefault(variable, "").split("[:;]", -1)) {
                if (!name.isEmpty()) {
                    drivers.put(name, "the environment's " + variable);
                }
            }
        }
        return drivers;
    }

    private List<Path> configurationFiles() {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(configuration)) {
            entries.forEach(entry -> {
                if (Files.isRegularFile(entry)) {
                    found.add(entry);
                }
            });
        } catch (IOException e) {
            return List.of(); // libibverbs goes on without as well
        }
        return found;
    }

    private static java.util.stream.Stream<String> lines(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).lines();
        } catch (IOException e) {
            return java.util.stream.Stream.empty();
        }
    }
}
