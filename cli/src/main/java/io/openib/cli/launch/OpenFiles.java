package io.openib.cli.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many files this process may have open, where {@code /proc} tells. */
final class OpenFiles {
    /** Jars, the terminal, what starts a process, what the ranks are ended with. */
    private static final int OWN = 60;

    private static final Pattern LIMIT = Pattern.compile("(?m)^Max open files +(\\d{1,9}) ");

    private OpenFiles() {}

    /**
     * Refuses a job with whose ranks this process could not keep contact: each takes one.
     *
     * @throws LaunchException if there are too few
     */
    static void check(int size) {
        try {
            check(size, Files.readString(Path.of("/proc/self/limits"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // It is not told here, and shows when they are used up.
        }
    }

    static void check(int size, String limits) {
        Matcher limit = LIMIT.matcher(limits);
        if (limit.find() && Integer.parseInt(limit.group(1)) < size + OWN) {
            throw new LaunchException("a launcher of " + size + " ranks has " + (size + OWN) + " files open, and "
                    + limit.group(1) + " are allowed (ulimit -Hn): raise that, or start fewer ranks");
        }
    }
}
