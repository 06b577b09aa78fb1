package io.openib.cli.output;

import java.io.IOException;
import java.nio.file.Path;

/** Whether somebody is looking. */
final class Terminal {
    /** Takes the cursor to the start of the line and empties it. */
    static final String CLEAR_LINE = "\r\u001b[K";

    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    private Terminal() {}

    /** Whether the standard output stream is a terminal. */
    static boolean isStdout() {
        return isTerminal(STDOUT);
    }

    /** Whether the standard error stream is a terminal. */
    static boolean isStderr() {
        return isTerminal(STDERR);
    }

    /** Where the system does not tell, it is none. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Path.of("/proc/self/fd", Integer.toString(descriptor))
                    .toRealPath()
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
