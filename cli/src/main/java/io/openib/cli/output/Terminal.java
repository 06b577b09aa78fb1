package io.openib.cli.output;

import java.io.IOException;
import java.nio.file.Path;

/** Whether somebody is looking. */
final class Terminal {
    private static final Path STDERR = Path.of("/proc/self/fd/2");

    private Terminal() {}

    /** Whether the standard error stream is a terminal; where the system does not tell, it is not. */
    static boolean isStderr() {
        try {
            String target = STDERR.toRealPath().toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
