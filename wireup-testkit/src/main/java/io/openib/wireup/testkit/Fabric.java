package io.openib.wireup.testkit;

import io.openib.verbs.Device;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.QueuePairOwner.ProbeAnswer;

/** Where the queue pairs of a test come from: devices that reach each other. */
public interface Fabric extends AutoCloseable {
    /** The port of one more process. */
    Port open();

    @Override
    void close();

    /** What one process has of a device. Methods may be called from any thread. */
    interface Port extends AutoCloseable {
        /** Its device. */
        Device device();

        /** The port to use. */
        default int port() {
            return 1;
        }

        /** The row of the GID table to use. */
        int gidIndex();

        /** The row of the P_Key table to use. */
        int pkeyIndex();

        /** Where the device comes from. */
        VerbsProvider provider();

        /** A queue pair in RESET that holds at least 4 sends and 4 receives. */
        QueuePair createQueuePair();

        /** Posts one receive of a few bytes. */
        void postReceive(QueuePair qp);

        /** Posts a zero-byte RDMA WRITE; the answer says whether it succeeded. */
        void write(QueuePair qp, ProbeAnswer answer);

        /** Posts a short SEND; the answer says whether it succeeded, without waiting for a receive to be posted. */
        void send(QueuePair qp, ProbeAnswer answer);

        /** Destroys a queue pair; nothing is answered for what was still posted. */
        void destroy(QueuePair qp);

        @Override
        void close();
    }
}
