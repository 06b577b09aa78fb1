package io.openib.wireup.testkit;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Device;
import io.openib.verbs.Gid;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.ControlExecutor;
import io.openib.wireup.ControlThread;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSettings;
import io.openib.wireup.WireupPort;
import io.openib.wireup.testkit.PeerStage.Limits;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.net.InetAddress;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What a test's process says of itself and its port. */
abstract class ProcessPort implements WireupPort {
    static final int QUEUES = 3;

    private static final int MAX_INDEX = 254;
    private static final int MAX_WAITING = 10_000;
    private static final long IPV4_MARK = 0xffffL;
    private static final String EAGER_LIMIT = "btl_openib_eager_limit";

    final Fabric.Port fabric;
    final Identity identity;
    final ControlThread control;
    private final Map<PeerName, PeerContact> modex = new ConcurrentHashMap<>();

    ProcessPort(Fabric.Port fabric, Identity identity) {
        this.fabric = fabric;
        this.identity = identity;
        this.control = new ControlThread("control-" + identity.rank(), MAX_WAITING);
    }

    /** What a peer has published is known from now on. */
    final void know(PeerContact peer) {
        modex.put(peer.name(), peer);
    }

    @Override
    public QueuePairSettings settings() {
        Set<AccessFlag> access = Set.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ, AccessFlag.REMOTE_WRITE);
        return new QueuePairSettings(
                fabric.port(),
                fabric.pkeyIndex(),
                fabric.gidIndex(),
                access,
                identity.limits().mtu(),
                0,
                0,
                12,
                10,
                3,
                Collections.nCopies(QUEUES, 0),
                identity.depths().outstanding(),
                identity.depths().answered());
    }

    @Override
    public EffectiveConfiguration configuration() {
        return configuration(identity.receiveQueues(), identity.limits());
    }

    static EffectiveConfiguration configuration(String receiveQueues, Limits limits) {
        return EffectiveConfiguration.of(1, receiveQueues, limits.mtu(), Map.of(EAGER_LIMIT, limits.eagerBytes()));
    }

    @Override
    public Device device() {
        return fabric.device();
    }

    @Override
    public VerbsProvider provider() {
        return fabric.provider();
    }

    @Override
    public int port() {
        return fabric.port();
    }

    @Override
    public int index() {
        return index(identity.rank());
    }

    /** Of each process another one, as if it had more ports than this one. */
    static int index(int rank) {
        return MAX_INDEX - rank % MAX_INDEX;
    }

    @Override
    public Optional<InetAddress> address() {
        // On RoCE a row of the table names the interface's address; the connection manager knows the device by it.
        Gid gid = fabric.device().queryGid(fabric.port(), fabric.gidIndex()).gid();
        boolean hasAddress = ((gid.interfaceId() >>> 32) & IPV4_MARK) == IPV4_MARK;
        return Optional.of(
                hasAddress
                        ? new Gid(0, (IPV4_MARK << 32) | (gid.interfaceId() & 0xffff_ffffL)).toAddress()
                        : InetAddress.getLoopbackAddress());
    }

    @Override
    public String host() {
        return "node" + identity.rank();
    }

    @Override
    public PeerName name() {
        return new PeerName(identity.rank());
    }

    @Override
    public String jobId() {
        return identity.jobId();
    }

    @Override
    public Optional<byte[]> jobSecret() {
        return identity.secret().isEmpty()
                ? Optional.empty()
                : Optional.of(identity.secret().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Override
    public boolean isJobLocal() {
        return identity.isJobLocal();
    }

    @Override
    public boolean isMember(PeerName peer) {
        return peer.rank() < identity.jobSize();
    }

    @Override
    public Optional<PeerContact> contact(PeerName peer, String scheme) {
        return Optional.ofNullable(modex.get(peer));
    }

    @Override
    public ControlExecutor control() {
        return control;
    }
}
