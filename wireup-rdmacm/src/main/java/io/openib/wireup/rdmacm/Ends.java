package io.openib.wireup.rdmacm;

import io.openib.verbs.cm.CmId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What must not keep anything else from its end when it goes wrong. */
final class Ends {
    private static final Logger LOG = LoggerFactory.getLogger(Ends.class);

    private Ends() {}

    /** Closes an id; that it could not be is told. */
    static void close(CmId id) {
        quietly("an id of the connection manager", id::close);
    }

    /** Ends something; that it could not is told. */
    static void quietly(String what, Runnable end) {
        try {
            end.run();
        } catch (RuntimeException e) {
            LOG.warn("rdmacm: {} did not end in order: {}", what, e.toString());
            LOG.debug("rdmacm: {} did not end in order", what, e);
        }
    }
}
