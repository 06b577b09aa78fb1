package io.openib.wireup;

import io.openib.verbs.Device;
import io.openib.verbs.GidEntry;
import io.openib.verbs.VerbsProvider;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** What a scheme is handed: one port of a device, this process's place in its job, and the transport's services. */
public interface WireupPort {
    /** The open device. */
    Device device();

    /** Where the device comes from; it has the connection manager. */
    VerbsProvider provider();

    /** The port's number, from 1. */
    int port();

    /**
     * Its place among the ports that this process has published, from 0 to 254. A scheme tells it to the peer, which learns from it
     * where a connection leads: no address of a port does, on InfiniBand, where a queue pair may know a LID alone.
     */
    int index();

    /** For people: {@code soft0:1 on node7}. */
    default String place() {
        return device().name() + ':' + port() + " on " + host();
    }

    /** The rows of the port's GID table that are not empty. */
    default List<GidEntry> gids() {
        return device().queryGidTable(port());
    }

    /** The port's IP address that peers can reach, if its GIDs tell one; those of InfiniBand do not. */
    Optional<InetAddress> address();

    /** The name of this host. */
    String host();

    /** This process. */
    PeerName name();

    /** The job: equal in all its processes, up to 255 characters. */
    String jobId();

    /** The job's secret, a fresh copy; empty if the launcher gave none. */
    Optional<byte[]> jobSecret();

    /** Whether every process of the job is known to run on this host. */
    boolean isJobLocal();

    /** Whether the job has such a process. */
    boolean isMember(PeerName peer);

    /**
     * What the modex says of a peer on this kind of port and of this scheme, if that is known already. Never waits.
     *
     * @param scheme the wireup's name
     */
    Optional<PeerContact> contact(PeerName peer, String scheme);

    /**
     * As {@link #contact(PeerName, String)}, of a port that the peer names, which may run with other sizes than the one by which this side
     * would reach it.
     *
     * @param peerPort its place among the ports that the peer has published
     */
    default Optional<PeerContact> contact(PeerName peer, String scheme, int peerPort) {
        return contact(peer, scheme);
    }

    /** What this side effectively runs with. */
    EffectiveConfiguration configuration();

    /** What its parameters say of queue pairs, as of now: the rows of the port's tables may change, so a scheme asks each time. */
    QueuePairSettings settings();

    /**
     * Makes the queue pairs for a connection, in INIT. Called on the control thread, once per attempt at most.
     *
     * @throws io.openib.verbs.VerbsException what the device refused
     */
    QueuePairSet createQueuePairs(PeerName peer);

    /** The control thread: where callbacks are made, and where timers run. */
    ControlExecutor control();
}
