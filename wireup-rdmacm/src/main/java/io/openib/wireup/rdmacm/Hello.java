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
 * @param port the sender's port: its place among those that it has published, 8 bits
 * @param firstQueue the receive queue that the first number belongs to; the others follow it
 * @param qpNumbers the sender's queue pairs by receive queue, 1 to {@value PrivateData#MAX_REPLY_QUEUES}; the first is the
 *     connection manager's own
 * @param latest the last attempt that its sender has made so far, 16 bits: when it replies, that one and all before it are over
 */
record Hello(
        int attempt,
        int generation,
        int source,
        int destination,
        long digest,
        int port,
        int firstQueue,
        List<Integer> qpNumbers,
        int latest) {
    Hello {
        qpNumbers = List.copyOf(qpNumbers);
    }

    /** What a request says: nothing is later than the attempt that it is of. */
    Hello(
            int attempt,
            int generation,
            int source,
            int destination,
            long digest,
            int port,
            int firstQueue,
            List<Integer> qpNumbers) {
        this(attempt, generation, source, destination, digest, port, firstQueue, qpNumbers, attempt);
    }
}
