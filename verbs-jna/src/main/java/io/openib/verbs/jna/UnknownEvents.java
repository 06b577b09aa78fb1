package io.openib.verbs.jna;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names what a library tells of and this version has no name for: one line for each code, however often it comes. */
final class UnknownEvents {
    private static final Logger LOG = LoggerFactory.getLogger(UnknownEvents.class);
    private static final int MOST = 64;

    private final String source;
    private final Set<Integer> told = new HashSet<>();

    UnknownEvents(String source) {
        this.source = source;
    }

    /** One has come; it is acknowledged and passed over. */
    synchronized void note(int code, int status) {
        if (told.size() < MOST && told.add(code)) {
            LOG.warn(
                    "{}: event {}, status {}, is none that this version knows; it is passed over, and not told of again",
                    source,
                    code,
                    status);
        }
    }
}
