package io.openib.verbs.testkit;

import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import java.io.Serializable;

/**
 * A completion, copied out of its batch. Of an error only id, status, queue pair and vendor error mean something.
 *
 * @param wrId the request's id
 * @param status how it ended
 * @param opcode see {@link io.openib.verbs.WcOpcode}
 * @param byteLength bytes received
 * @param immediate the peer's immediate
 * @param qpNumber the local queue pair
 * @param sourceQp the sender (UD)
 * @param flags see {@link io.openib.verbs.WcFlag}
 * @param vendorError the vendor's code beside an error status
 */
public record Wc(
        long wrId,
        WcStatus status,
        int opcode,
        int byteLength,
        int immediate,
        int qpNumber,
        int sourceQp,
        int flags,
        int vendorError)
        implements Serializable {

    static Wc of(WorkCompletions batch, int index) {
        return new Wc(
                batch.wrId(index),
                WcStatus.ofCode(batch.status(index)),
                batch.opcode(index),
                batch.byteLength(index),
                batch.immediate(index),
                batch.qpNumber(index),
                batch.sourceQp(index),
                batch.flags(index),
                batch.vendorError(index));
    }
}
