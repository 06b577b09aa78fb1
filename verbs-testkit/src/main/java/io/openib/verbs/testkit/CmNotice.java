package io.openib.verbs.testkit;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.ConnectionParameters;
import java.io.Serializable;

/**
 * An event of a side's connection manager.
 *
 * @param type what happened
 * @param id the id's handle; of CONNECT_REQUEST a new one
 * @param listenId the listener's handle, of CONNECT_REQUEST; else 0
 * @param status see {@link CmEvent#status()}
 * @param privateData with its padding; empty when none came
 * @param qpNumber of the peer, where it came; else 0
 * @param responderResources of the peer, where they came; else 0
 * @param initiatorDepth of the peer, where it came; else 0
 */
@SuppressWarnings("ArrayRecordComponent") // a copy already
public record CmNotice(
        CmEventType type,
        int id,
        int listenId,
        int status,
        byte[] privateData,
        int qpNumber,
        int responderResources,
        int initiatorDepth)
        implements Serializable {

    static CmNotice of(CmEvent event, int id, int listenId) {
        ConnectionParameters told = event.parameters();
        return new CmNotice(
                event.type(),
                id,
                listenId,
                event.status(),
                event.privateData(),
                told == null ? 0 : told.qpNumber(),
                told == null ? 0 : told.responderResources(),
                told == null ? 0 : told.initiatorDepth());
    }
}
