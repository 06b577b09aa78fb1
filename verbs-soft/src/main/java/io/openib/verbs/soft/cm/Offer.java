package io.openib.verbs.soft.cm;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.cm.ConnectionParameters;
import java.util.Arrays;

/**
 * What one side tells of itself in a REQ or a REP.
 *
 * @param nodeGuid its device
 * @param gid where its queue pairs are
 * @param lid the same on InfiniBand
 * @param pathMtu the most it can; in a reply, what both can
 * @param psn the first packet sequence number it sends, 24 bits
 * @param parameters its program's parameters
 */
record Offer(long nodeGuid, Gid gid, int lid, Mtu pathMtu, int psn, ConnectionParameters parameters) {
    Offer {
        if (lid < 0 || lid > 0xffff || psn < 0 || psn > 0xffffff) {
            throw new IllegalArgumentException("LID or PSN out of range");
        }
    }

    /**
     * The parameters as the peer's program gets them: private data padded, and what is one side's initiator depth is the
     * other's responder resources.
     */
    ConnectionParameters asEvent(int privateDataBytes) {
        return new ConnectionParameters(
                Arrays.copyOf(parameters.privateData(), privateDataBytes),
                parameters.initiatorDepth(),
                parameters.responderResources(),
                parameters.retryCount(),
                parameters.rnrRetryCount(),
                parameters.isSrq(),
                parameters.qpNumber());
    }
}
