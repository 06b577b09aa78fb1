package io.openib.btl.openib.loop;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.AddressVector;
import io.openib.verbs.AddressVector.GlobalRoute;
import io.openib.verbs.Gid;
import io.openib.verbs.VerbsException;
import io.openib.wireup.Connection;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.MemberPath;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.QueuePairSettings;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupPort;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A wireup within one JVM that reaches into both sides; it can be told to fail. */
public final class LoopWireup implements WireupComponent {
    private static final Map<String, Module> MODULES = new ConcurrentHashMap<>();
    private static final Map<String, Pair> PAIRS = new HashMap<>();
    /** Connected, and one side has not heard of it yet. */
    private static final Map<String, Pair> UNREPORTED = new HashMap<>();

    private static final Map<String, CountDownLatch> GATES = new ConcurrentHashMap<>();
    private static final Map<String, Queue<Runnable>> KEPT = new ConcurrentHashMap<>();
    private static final Set<String> TOLD_BY_TRAFFIC = ConcurrentHashMap.newKeySet();

    private final String name;
    private volatile boolean isFailing;

    /** The usual one. */
    public LoopWireup() {
        this("oob", false);
    }

    /**
     * One of several.
     *
     * @param isFailing whether its attempts come to nothing, in a way that another scheme could cure
     */
    public LoopWireup(String name, boolean isFailing) {
        this.name = name;
        this.isFailing = isFailing;
    }

    /** From now on its attempts come to something, or to nothing. */
    public void fail(boolean isToFail) {
        isFailing = isToFail;
    }

    /** Tells one rank of a job that its connection to a peer is over; on its control thread, and before this returns. */
    public static void disconnect(String jobId, int rank, int peer) {
        Module module = Objects.requireNonNull(MODULES.get(jobId + "/oob/loop/1/" + rank));
        PeerName name = new PeerName(peer);
        Connection connection = Objects.requireNonNull(module.connections.get(name));
        CompletableFuture<Void> told = new CompletableFuture<>();
        module.port.control().execute(() -> {
            module.incoming.onDisconnected(
                    connection, new WireupFailure(WireupFailure.Reason.DISCONNECTED, name, "it has hung up"));
            told.complete(null);
        });
        told.join();
    }

    /** From now on a rank of a job is told that it is connected only when the latch is open; its control thread waits. */
    public static void holdReports(String jobId, int rank, CountDownLatch gate) {
        GATES.put(jobId + "/oob/loop/1/" + rank, gate);
    }

    /** From now on a rank of a job is told that it is connected when the first message is there: the peer's word of it is lost. */
    public static void reportByTraffic(String jobId, int rank) {
        TOLD_BY_TRAFFIC.add(jobId + "/oob/loop/1/" + rank);
    }

    /** From now on what a rank of a job is to be told of connections is kept, while its control thread goes on. */
    public static void keepReports(String jobId, int rank) {
        KEPT.put(jobId + "/oob/loop/1/" + rank, new ConcurrentLinkedQueue<>());
    }

    /** Tells what was kept, and what comes from now on. */
    public static void tellKept(String jobId, int rank) {
        Objects.requireNonNull(KEPT.remove(jobId + "/oob/loop/1/" + rank)).forEach(Runnable::run);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public List<Parameter<?>> parameters() {
        return List.of();
    }

    @Override
    public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming) {
        Module module = new Module(name, this, port, incoming);
        MODULES.put(module.key, module);
        return module;
    }

    /** Both sides of a connection in the making. */
    private static final class Pair {
        final @Nullable QueuePairSet[] sets = new @Nullable QueuePairSet[2];
        final @Nullable OutgoingConnection[] outgoing = new @Nullable OutgoingConnection[2];
        final boolean[] isAsked = new boolean[2];
    }

    private static final class Module implements WireupModule {
        final WireupPort port;
        final IncomingConnections incoming;
        final Map<PeerName, Connection> connections = new ConcurrentHashMap<>();
        private final String scheme;
        private final LoopWireup wireup;
        /** Of the job, the scheme, the kind of device and the port: only modules of the same meet. */
        private final String prefix;

        private final String key;

        private volatile boolean isClosed;

        Module(String scheme, LoopWireup wireup, WireupPort port, IncomingConnections incoming) {
            this.scheme = scheme;
            this.wireup = wireup;
            this.prefix = port.jobId() + '/' + scheme + '/' + port.provider().name() + '/' + port.port() + '/';
            this.key = key(port.name().rank(), port.device().name());
            this.port = port;
            this.incoming = incoming;
        }

        @Override
        public int priority() {
            return 50;
        }

        @Override
        public byte[] contact() {
            return port.device().name().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public PendingConnection connect(PeerContact peer, OutgoingConnection outgoing) {
            String device = new String(peer.blob(), StandardCharsets.UTF_8);
            port.control().execute(() -> start(peer.name(), device, outgoing));
            return () -> {};
        }

        /** Of a rank's devices of one kind the first is known by the rank alone. */
        private String key(int rank, String device) {
            return prefix + rank + (device.endsWith("0") ? "" : '/' + device);
        }

        private void start(PeerName peer, String device, OutgoingConnection outgoing) {
            Module other = MODULES.get(key(peer.rank(), device));
            if (wireup.isFailing) {
                outgoing.onFailed(new WireupFailure(WireupFailure.Reason.TIMEOUT, peer, peer + " does not answer"));
                return;
            }
            if (other == null || other.isClosed) {
                outgoing.onFailed(new WireupFailure(WireupFailure.Reason.UNREACHABLE, peer, peer + " does not listen"));
                return;
            }
            synchronized (PAIRS) {
                int side = side(peer);
                Pair unreported = UNREPORTED.get(key(peer) + "/" + side);
                if (unreported != null) {
                    unreported.outgoing[side] = outgoing;
                    return;
                }
                Pair pair = PAIRS.computeIfAbsent(key(peer), key -> new Pair());
                pair.outgoing[side] = outgoing;
                if (pair.sets[side] == null) {
                    try {
                        pair.sets[side] = port.createQueuePairs(peer);
                    } catch (VerbsException e) {
                        outgoing.onFailed(
                                new WireupFailure(WireupFailure.Reason.DEVICE, peer, String.valueOf(e.getMessage())));
                        return;
                    }
                }
                if (peer.equals(port.name())) {
                    pair.sets[1] = pair.sets[0];
                }
                if (pair.sets[1 - side] == null && !pair.isAsked[1 - side]) {
                    pair.isAsked[1 - side] = true;
                    other.port.control().execute(() -> other.request(this));
                }
                finish(pair, this, other, side);
            }
        }

        void request(Module from) {
            incoming.onRequest(new Request(from));
        }

        private void accepted(Module other, QueuePairSet set) {
            PeerName peer = other.port.name();
            synchronized (PAIRS) {
                Pair pair = PAIRS.get(key(peer));
                if (pair != null && !other.isClosed) {
                    pair.sets[side(peer)] = set;
                    finish(pair, this, other, side(peer));
                }
            }
        }

        private void finish(Pair pair, Module one, Module other, int side) {
            QueuePairSet mine = pair.sets[side];
            QueuePairSet theirs = pair.sets[1 - side];
            if (mine == null || theirs == null || PAIRS.remove(key(other.port.name())) == null) {
                return;
            }
            mine.toReadyToSend(paths(theirs));
            if (mine != theirs) {
                theirs.toReadyToSend(paths(mine));
                other.report(theirs, one, pair);
            }
            one.report(mine, other, pair);
        }

        private void report(QueuePairSet set, Module other, Pair pair) {
            PeerName peer = other.port.name();
            UNREPORTED.put(key(peer) + "/" + side(peer), pair);
            Runnable told = () -> port.control().execute(() -> connected(set, other, pair));
            Queue<Runnable> kept = KEPT.get(prefix + port.name().rank());
            Runnable report = kept == null ? told : () -> kept.add(told);
            if (TOLD_BY_TRAFFIC.contains(prefix + port.name().rank())) {
                set.onFirstCompletion(report);
            } else {
                report.run();
            }
        }

        private void connected(QueuePairSet set, Module other, Pair pair) {
            passGate();
            PeerName peer = other.port.name();
            int side = side(peer);
            Connection connection = new LoopConnection(scheme, peer, other.port.index(), set, port.configuration());
            connections.put(peer, connection);
            OutgoingConnection outgoing;
            synchronized (PAIRS) {
                UNREPORTED.remove(key(peer) + "/" + side);
                outgoing = pair.outgoing[side];
            }
            if (outgoing == null) {
                incoming.onConnected(connection);
            } else {
                outgoing.onConnected(connection);
            }
        }

        private void passGate() {
            CountDownLatch gate = GATES.get(prefix + port.name().rank());
            if (gate != null) {
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private static List<MemberPath> paths(QueuePairSet to) {
            List<MemberPath> paths = new ArrayList<>();
            to.queuePairs()
                    .forEach(qp -> paths.add(
                            new MemberPath(vector(to.settings()), to.settings().pathMtu(), qp.number(), 1, 1, 4, 4)));
            return paths;
        }

        private static AddressVector vector(QueuePairSettings settings) {
            GlobalRoute route = GlobalRoute.to(new Gid(0xfdL << 56, 1), settings.sgidIndex());
            return new AddressVector(settings.port(), 1, settings.serviceLevel(), 0, route);
        }

        private String key(PeerName peer) {
            int a = Math.min(peer.rank(), port.name().rank());
            int b = Math.max(peer.rank(), port.name().rank());
            return prefix + a + "," + b;
        }

        private int side(PeerName peer) {
            return port.name().rank() <= peer.rank() ? 0 : 1;
        }

        @Override
        public void close() {
            isClosed = true;
            MODULES.remove(key, this); // with all that it keeps
            GATES.remove(prefix + port.name().rank());
            TOLD_BY_TRAFFIC.remove(prefix + port.name().rank());
            synchronized (PAIRS) {
                PAIRS.forEach((key, pair) -> {
                    if (key.startsWith(prefix + port.name().rank() + ",")) {
                        discard(pair, 0);
                    } else if (key.startsWith(prefix)
                            && key.endsWith("," + port.name().rank())) {
                        discard(pair, 1);
                    }
                });
            }
        }

        private static void discard(Pair pair, int side) {
            QueuePairSet set = pair.sets[side];
            if (set != null) {
                set.discard();
            }
        }

        private final class Request implements IncomingRequest {
            private final Module asker;
            private final PeerName from;

            Request(Module asker) {
                this.asker = asker;
                this.from = asker.port.name();
            }

            @Override
            public PeerName peer() {
                return from;
            }

            @Override
            public EffectiveConfiguration configuration() {
                return port.configuration();
            }

            @Override
            public Optional<Connection> replaces() {
                return Optional.empty();
            }

            @Override
            public Optional<QueuePairSet> ownSet() {
                synchronized (PAIRS) {
                    Pair pair = PAIRS.get(key(from));
                    return pair == null ? Optional.empty() : Optional.ofNullable(pair.sets[side(from)]);
                }
            }

            @Override
            public void accept(QueuePairSet set) {
                accepted(asker, set);
            }

            @Override
            public void refuse(String reason) {
                synchronized (PAIRS) {
                    Pair pair = PAIRS.remove(key(from));
                    OutgoingConnection outgoing = pair == null ? null : pair.outgoing[1 - side(from)];
                    if (!asker.isClosed && outgoing != null) {
                        asker.port
                                .control()
                                .execute(() -> outgoing.onFailed(
                                        new WireupFailure(WireupFailure.Reason.REFUSED, port.name(), reason)));
                    }
                }
            }
        }
    }

    private record LoopConnection(
            String scheme, PeerName peer, int peerPort, QueuePairSet queuePairs, EffectiveConfiguration agreed)
            implements Connection {
        @Override
        public long durationNs() {
            return 1;
        }

        @Override
        public void disconnect() {}

        @Override
        public void close() {}
    }
}
