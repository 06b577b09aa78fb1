package io.openib.mca;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where parameters are told of. A class of its own: a process that has nothing to tell loads no logger for it. */
final class ParameterLog {
    private static final Logger LOG = LoggerFactory.getLogger(ParameterLog.class);

    private ParameterLog() {}

    static void tell(McaParameters parameters) {
        parameters.tell(LOG::warn, LOG::info);
    }
}
