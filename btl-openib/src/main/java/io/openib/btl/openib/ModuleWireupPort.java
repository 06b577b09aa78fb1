package io.openib.btl.openib;

import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.runtime.JobRuntime;
import io.openib.verbs.Device;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.ControlExecutor;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.QueuePairSettings;
import io.openib.wireup.WireupPort;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the wireups of one port are handed. Any thread. */
final class ModuleWireupPort implements WireupPort {
    private final OpenPort port;
    private final int index;
    private final OpenibModule module;
    private final JobRuntime runtime;
    private final EffectiveConfiguration configuration;
    private final ControlExecutor control;
    private volatile @Nullable PeerTable peers;

    /** {@code index} is the place of the port in our modex message. */
    ModuleWireupPort(
            OpenPort port,
            int index,
            OpenibModule module,
            JobRuntime runtime,
            EffectiveConfiguration configuration,
            ControlExecutor control) {
        this.port = port;
        this.index = index;
        this.module = module;
        this.runtime = runtime;
        this.configuration = configuration;
        this.control = control;
    }

    /** What peers have published is known from now on. */
    void peers(PeerTable table) {
        peers = table;
    }

    @Override
    public Device device() {
        return port.device();
    }

    @Override
    public VerbsProvider provider() {
        return port.provider();
    }

    @Override
    public int port() {
        return port.port();
    }

    @Override
    public int index() {
        return index;
    }

    /** What its GIDs tell, first of the row in use; of InfiniBand nothing, be there an IPoIB interface or not. */
    @Override
    public Optional<InetAddress> address() {
        Gid used = device().queryGid(port(), settings().sgidIndex()).gid();
        List<Gid> known = Stream.concat(Stream.of(used), gids().stream().map(GidEntry::gid))
                .toList();
        return provider().exclusivity() < VerbsProvider.HARDWARE
                ? GidAddress.ofSoftware(known)
                : GidAddress.of(known, port.attributes().linkLayer());
    }

    @Override
    public String host() {
        return runtime.hostName();
    }

    @Override
    public PeerName name() {
        return new PeerName(runtime.rank());
    }

    @Override
    public String jobId() {
        return runtime.jobId();
    }

    @Override
    public Optional<byte[]> jobSecret() {
        return runtime.jobSecret();
    }

    @Override
    public boolean isJobLocal() {
        return runtime.size() == 1 || runtime.locality().isEveryRankHere();
    }

    @Override
    public boolean isMember(PeerName peer) {
        return peer.rank() < runtime.size();
    }

    @Override
    public Optional<PeerContact> contact(PeerName peer, String scheme) {
        PeerTable table = peers;
        if (table == null || !isMember(peer)) {
            return Optional.empty();
        }
        ModexMessage message = table.known(peer.rank()).orElse(null);
        if (message == null) {
            table.learn(peer.rank()); // who asks again is told
            return Optional.empty();
        }
        Optional<PortContact> routed =
                table.route(peer.rank(), message).map(PeerTable.Route::contact).filter(this::isOurKind);
        return routed.or(() -> message.ports().stream().filter(this::isOurKind).findFirst())
                .flatMap(contact -> Contacts.of(peer.rank(), message, contact).contact(scheme));
    }

    @Override
    public Optional<PeerContact> contact(PeerName peer, String scheme, int peerPort) {
        PeerTable table = peers;
        Optional<ModexMessage> message = table == null || !isMember(peer) ? Optional.empty() : table.known(peer.rank());
        return message.filter(known -> peerPort < known.ports().size())
                .map(known -> Contacts.of(peer.rank(), known, known.ports().get(peerPort)))
                .flatMap(contacts -> contacts.contact(scheme))
                .or(() -> contact(peer, scheme));
    }

    private boolean isOurKind(PortContact contact) {
        return contact.kind().equals(port.provider().name());
    }

    @Override
    public EffectiveConfiguration configuration() {
        return configuration;
    }

    @Override
    public QueuePairSettings settings() {
        return module.settings().current();
    }

    @Override
    public QueuePairSet createQueuePairs(PeerName peer) {
        return Objects.requireNonNull(module.newSet(peer.rank()));
    }

    @Override
    public ControlExecutor control() {
        return control;
    }
}
