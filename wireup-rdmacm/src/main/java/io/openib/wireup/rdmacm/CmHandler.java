package io.openib.wireup.rdmacm;

import io.openib.verbs.cm.CmEvent;

/** The context of every id: takes its events, on the control thread. */
interface CmHandler {
    void onEvent(CmEvent event);
}
