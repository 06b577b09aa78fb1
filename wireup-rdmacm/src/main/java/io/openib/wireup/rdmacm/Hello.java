package io.openib.wireup.rdmacm;

import java.util.List;

/**
 * What a request or a reply says.
 *
 * @param attempt names this attempt among the sender's, 16 bits
 * @param generation the sender's incarnation, 16 bits
 * @param source who sends it
 * @param destination to whom
 * @param digest of the configuration that the sender's queue pairs effectively run with
 * @param firstQueue the receive queue that the first number belongs to; the others follow it
 * @param qpNumbers the sender's queue pairs by receive queue, 1 to {@value PrivateData#MAX_REPLY_QUEUES}; the first is the
 *     connection manager's own
 */
record Hello(
        int attempt,
        int generation,
        int source,
        int destination,
        long digest,
        int firstQueue,
        List<Integer> qpNumbers) {
    Hello {
        qpNumbers = List.copyOf(qpNumbers);
    }
}
