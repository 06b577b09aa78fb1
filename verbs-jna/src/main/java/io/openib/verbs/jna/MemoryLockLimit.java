package io.openib.verbs.jna;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * RLIMIT_MEMLOCK: how much memory this process may register.
 *
 * @param bytes the soft limit; {@link Long#MAX_VALUE} for none
 */
record MemoryLockLimit(long bytes) {
    private static final String LINE = "Max locked memory";

    /** Less than this is hardly enough for one endpoint's receive buffers. */
    private static final long LEAST_SENSIBLE = 64L << 20;

    static MemoryLockLimit read() {
        try {
            return parse(Files.readString(Path.of("/proc/self/limits"), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return new MemoryLockLimit(Long.MAX_VALUE);
        }
    }

    static MemoryLockLimit parse(String limits) {
        return limits.lines()
                .filter(line -> line.startsWith(LINE))
                .map(line -> line.substring(LINE.length()).trim().split("\\s+", 2)[0])
                .map(soft -> new MemoryLockLimit(soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft)))
                .findFirst()
                .orElse(new MemoryLockLimit(Long.MAX_VALUE));
    }

    boolean isThere() {
        return bytes != Long.MAX_VALUE;
    }

    boolean isLow() {
        return bytes < LEAST_SENSIBLE;
    }

    /** One sentence without a full stop. */
    String remedy() {
        return !isThere()
                ? "the limit on locked memory (RLIMIT_MEMLOCK) is unlimited, so register less or close some regions"
                : "RLIMIT_MEMLOCK is " + (bytes >> 10) + " KiB; raise it (ulimit -l unlimited, memlock in"
                        + " /etc/security/limits.conf, LimitMEMLOCK=infinity of the service)";
    }
}
