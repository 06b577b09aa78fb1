package io.openib.btl.openib;

import io.openib.btl.PeerAttributes;
import io.openib.btl.openib.fastpath.Counters;
import io.openib.btl.openib.fastpath.ReceiveTable;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.runtime.JobRuntime;
import io.openib.wireup.ControlThread;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a transport is put together from.
 *
 * @param runtime the job
 * @param ports the devices
 * @param peers what ranks have published
 * @param links the ways to peers
 * @param events the program's handlers
 * @param receiveTable receive handlers
 * @param counters counters
 * @param memories registered memory
 * @param modules one a port
 * @param control the control thread
 * @param maxSendBytes the longest active message
 * @param threadQueue calls of other threads that may wait
 * @param closeTimeoutMs how long closing waits for completions
 * @param keepaliveNs how long a peer may be silent, 0 for ever
 */
record OpenibParts(
        JobRuntime runtime,
        OpenPorts ports,
        PeerTable peers,
        Links links,
        Events events,
        ReceiveTable receiveTable,
        Counters counters,
        Memories memories,
        List<OpenibModule> modules,
        ControlThread control,
        int maxSendBytes,
        int threadQueue,
        long closeTimeoutMs,
        long keepaliveNs) {
    /** The modules that have been needed. */
    Stream<OpenibModule> inUse() {
        return modules.stream().filter(OpenibModule::isInUse);
    }

    /** What is known of a rank, without making a way to it; throws where the launcher does not tell. */
    PeerAttributes attributes(int rank) {
        PeerTable.Peer peer = peers.told(rank);
        ModexMessage message = peer.message().orElse(null);
        if (message == null || !peer.problem().isEmpty()) {
            return new PeerAttributes(rank, "", 0, "", peer.problem());
        }
        return peers.route(rank, message)
                .map(route -> new PeerAttributes(
                        rank,
                        message.host(),
                        message.pid(),
                        modules.get(route.ownPort()).port().place(),
                        route.reason()))
                .orElseGet(() ->
                        new PeerAttributes(rank, message.host(), message.pid(), "", "no kind of device in common"));
    }

    /** Whether a rank takes atomics by the port that reaches it; throws as {@link #attributes} does. */
    boolean hasAtomics(int rank) {
        return peers.told(rank)
                .message()
                .flatMap(message -> peers.route(rank, message))
                .map(route -> route.contact().hasAtomics())
                .orElse(false);
    }
}
