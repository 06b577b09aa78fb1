package io.openib.verbs.soft;

import io.openib.verbs.SendFlag;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.wire.Packet;
import io.openib.verbs.soft.wire.PacketSink;
import io.openib.verbs.soft.wire.Wire;
import io.openib.verbs.soft.wire.WireHost;
import io.openib.verbs.soft.wire.WireLink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What queue pairs make of the wire: who sends, who is served, and datagrams. */
final class SoftWire implements WireHost {
    private static final Logger LOG = LoggerFactory.getLogger(SoftWire.class);
    private static final int DATAGRAMS_MOST = 1024;
    private static final long DATAGRAM_PATIENCE_NS = 1_000_000_000;

    private record Waiting(WireLink link, OutgoingDatagram datagram, long sinceNs) {}

    private record Place(long arena, InetSocketAddress address) {}

    private final SoftAdapter adapter;
    private final boolean isLoopback;
    private final Map<Place, WireLink> links = new HashMap<>();
    private final Queue<WireSender> called = new ConcurrentLinkedQueue<>();
    private final Queue<Waiting> newDatagrams = new ConcurrentLinkedQueue<>();
    private final AtomicInteger datagramCount = new AtomicInteger();
    private final List<Waiting> datagrams = new ArrayList<>();
    private final List<WireSender> senders = new ArrayList<>();
    private final ByteBuffer grh = ByteBuffer.allocate(UdQp.GRH_BYTES).order(ByteOrder.BIG_ENDIAN);
    private final Pieces message = new Pieces(1);
    private final Datagram arrived;
    private @Nullable Wire wire;

    private SoftWire(SoftAdapter adapter, boolean isLoopback) {
        this.adapter = adapter;
        this.isLoopback = isLoopback;
        this.arrived = new Datagram(adapter);
    }

    /**
     * Listens. Nobody is answered before {@link #start}.
     *
     * @param bound where to listen; null for no wire
     */
    static @Nullable SoftWire open(SoftAdapter adapter, @Nullable InetSocketAddress bound, byte[] secret) {
        if (bound == null) {
            return null;
        }
        SoftWire opened = new SoftWire(adapter, bound.getAddress().isLoopbackAddress());
        try {
            opened.wire = Wire.open(opened, bound, adapter.id(), secret);
        } catch (IOException e) {
            throw new NoRoomException(
                    "the wire cannot listen on " + bound + ": " + e.getMessage() + "; soft_wire off does without", e);
        }
        if (secret.length == 0 && !opened.isLoopback) {
            LOG.warn(
                    "soft: the wire listens on all addresses and the job has no secret: anybody can connect to port {}",
                    opened.port());
        }
        return opened;
    }

    /** Starts the thread; what it serves lies in shared memory, which is there by then. */
    void start() {
        wire().start();
    }

    private Wire wire() {
        return java.util.Objects.requireNonNull(wire);
    }

    int port() {
        return wire().port();
    }

    boolean listensOn(InetAddress address) {
        return !isLoopback || address.isLoopbackAddress();
    }

    synchronized WireLink linkTo(long arena, InetSocketAddress address) {
        return links.computeIfAbsent(new Place(arena, address), place -> wire().link(arena, address));
    }

    /** Any thread. */
    void carryOn(WireSender sender) {
        if (sender.call()) {
            called.add(sender);
            wire().wakeUp();
        }
    }

    /** Any thread; false when too many wait already. */
    boolean send(WireLink link, OutgoingDatagram datagram) {
        if (datagramCount.incrementAndGet() > DATAGRAMS_MOST) {
            datagramCount.decrementAndGet();
            return false;
        }
        newDatagrams.add(new Waiting(link, datagram, System.nanoTime()));
        wire().wakeUp();
        return true;
    }

    @Override
    public long work(long nowNs) {
        for (WireSender sender = called.poll(); sender != null; sender = called.poll()) {
            sender.wake();
            if (!senders.contains(sender)) {
                senders.add(sender);
            }
        }
        long waitNs = sendDatagrams(nowNs);
        for (int i = senders.size() - 1; i >= 0; i--) {
            long sendersWaitNs = senders.get(i).work(nowNs);
            if (sendersWaitNs == WireSender.NOTHING_LEFT) {
                senders.remove(i);
            } else {
                waitNs = Math.min(waitNs, Math.max(0, sendersWaitNs));
            }
        }
        Collections.rotate(senders, 1); // the first to be asked finds the most room
        return waitNs;
    }

    private long sendDatagrams(long nowNs) {
        for (Waiting next = newDatagrams.poll(); next != null; next = newDatagrams.poll()) {
            datagrams.add(next);
        }
        long waitNs = Long.MAX_VALUE;
        for (int i = 0; i < datagrams.size(); ) {
            Waiting next = datagrams.get(i);
            long linkWaitNs = next.link().need(nowNs);
            boolean isSent = next.link().hasRoom();
            if (isSent) {
                next.datagram().write(next.link());
            } else if (nowNs - next.sinceNs() < DATAGRAM_PATIENCE_NS) {
                waitNs = Math.min(waitNs, Math.min(linkWaitNs, DATAGRAM_PATIENCE_NS));
                i++;
                continue;
            } else {
                SoftCounters.count(SoftCounter.DROPPED_DATAGRAMS);
            }
            datagrams.remove(i);
            datagramCount.decrementAndGet();
        }
        return waitNs;
    }

    @Override
    public void onRequest(long peerArena, Packet request, PacketSink answers) {
        SoftQp qp = adapter.queuePairs().find(request.to());
        if (request.kind() == Packet.DATAGRAM) {
            onDatagram(request);
            return;
        }
        WireTarget target = qp instanceof RcQp rc ? rc.wireTarget() : null;
        if (target != null && target.isOf(peerArena, request.from())) {
            target.onRequest(request, answers);
        } else if (request.kind() == Packet.ENQUIRE) {
            WireTarget.answerAbsent(request, answers);
        }
    }

    private void onDatagram(Packet packet) {
        int bytes = packet.payloadBytes() - UdQp.GRH_BYTES;
        boolean isDatagram = bytes >= 0 && bytes <= adapter.port().mtu().bytes();
        if (isDatagram) {
            grh.put(0, packet.memory(), packet.payloadOffset(), UdQp.GRH_BYTES);
            message.clear();
            message.add(packet.memory(), packet.payloadOffset() + UdQp.GRH_BYTES, bytes);
            arrived.from(packet.from(), grh, message, packet.number() != 0, packet.immediate());
            arrived.to(packet.to(), packet.key(), (packet.flags() & SendFlag.SOLICITED) != 0);
        }
        if (!isDatagram || !adapter.isPortActive() || !arrived.deliver(adapter.arena())) {
            SoftCounters.count(SoftCounter.DROPPED_DATAGRAMS);
        }
    }

    @Override
    public void onAnswer(long peerArena, Packet answer) {
        SoftQp qp = adapter.queuePairs().find(answer.to());
        WireSender sender = qp instanceof RcQp rc ? rc.wireSender() : null;
        if (sender != null && sender.isTo(peerArena)) {
            sender.onAnswer(answer);
        }
    }

    @Override
    public void onStranger(String what) {
        SoftCounters.count(SoftCounter.WIRE_STRANGERS);
        LOG.debug("soft: the wire refused a connection: {}", what);
    }

    void close() {
        wire().close();
    }
}
