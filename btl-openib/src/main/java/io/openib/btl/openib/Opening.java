package io.openib.btl.openib;

import io.openib.btl.BtlException;
import io.openib.btl.openib.endpoint.Wiring;
import io.openib.btl.openib.fastpath.Counters;
import io.openib.btl.openib.fastpath.ReceiveTable;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.mca.McaParameters;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.OpenibRuntimeException;
import io.openib.verbs.Gid;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.ControlThread;
import io.openib.wireup.SchemeOffer;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupRefusedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts a transport together: devices, modules, wireups, the modex, and at last what the program holds. */
final class Opening {
    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);
    private static final int NEWS_CHUNK = 64;
    /** One in use, and one that is drained while the next is made. */
    private static final int LANES_PER_RANK = 2;

    private static final int PORTS_AT_START = 2;
    private static final int MAX_CONTROL_WORK = 1 << 20;

    private final JobRuntime runtime;
    private final McaParameters parameters;
    private final LaneShapes shapes;
    private final Counters counters = new Counters();
    private final ReceiveTable receiveTable = new ReceiveTable();
    private final Events events = new Events(counters);
    private final MpscUnboundedAtomicArrayQueue<Runnable> news = new MpscUnboundedAtomicArrayQueue<>(NEWS_CHUNK);
    private final List<OpenibModule> modules = new ArrayList<>();
    private final List<ModuleWireupPort> wireupPorts = new ArrayList<>();
    private final List<PortContact> contacts = new ArrayList<>();
    private final AtomicDevices atomicDevices = new AtomicDevices();
    private final List<Runnable> undo = new ArrayList<>();
    private final List<Unused> unused = new ArrayList<>();

    /** {@code runtime} is closed with the transport; when it cannot be opened that is the caller's business. */
    Opening(JobRuntime runtime, McaParameters parameters) {
        this.runtime = runtime;
        this.parameters = parameters;
        this.shapes = new LaneShapes(parameters);
    }

    /**
     * Opens; returns when every rank has come so far.
     *
     * @throws BtlException if it cannot be opened; nothing of it is left behind, whatever is thrown
     */
    OpenibBtl open(List<VerbsProvider> providers, List<WireupComponent> wireups) {
        try {
            return assembleOrUndo(providers, wireups);
        } catch (VerbsException | OpenibRuntimeException e) {
            throw new BtlException(String.valueOf(e.getMessage()), e);
        }
    }

    private OpenibBtl assembleOrUndo(List<VerbsProvider> providers, List<WireupComponent> wireups) {
        try {
            return assemble(providers, wireups);
        } catch (Throwable e) { // whatever a device or a wireup throws
            undoAll(e);
            throw e;
        }
    }

    private OpenibBtl assemble(List<VerbsProvider> providers, List<WireupComponent> wireups) {
        OpenPorts ports = new OpenPorts(
                VerbsParameters.select(providers, parameters), parameters, turn(), new Locality(Path.of("/")));
        undo.add(ports::close);
        tellAbsent(ports.absent());
        ControlThread control = new ControlThread("openib-control-" + runtime.rank(), MAX_CONTROL_WORK);
        undo.add(control::close);
        int lanes = LANES_PER_RANK * runtime.size();
        Links links = new Links(
                runtime.size(),
                events,
                news,
                parameters.value(OpenibParameters.RECONNECTS),
                parameters.value(OpenibParameters.PENDING_SENDS));
        for (OpenPort port : ports.ports()) {
            add(port, lanes, control, links, wireups);
        }
        if (modules.isEmpty()) {
            throw new BtlException(Unused.texts(unused));
        }
        unused.addAll(ports.unused());
        tellUnused();
        tellDoubts();
        ModexMessage own = new ModexMessage(
                runtime.hostName(),
                ProcessHandle.current().pid(),
                shapes.queues().toString(),
                shapes.maxSendBytes(),
                contacts);
        PeerTable peers = new PeerTable(runtime, own);
        undo.add(peers::close);
        peers.publish();
        runtime.fence(parameters.value(OpenibParameters.FENCE_TIMEOUT_MS));
        return finish(ports, control, peers, links);
    }

    /** By one rank of each host: a name that is mistyped, or that of a device which other hosts of the cluster have. */
    private void tellAbsent(List<String> absent) {
        if (!isFirstHere()) {
            return;
        }
        for (String name : absent) {
            if (parameters.value(OpenibParameters.WARN_NONEXISTENT_IF)) {
                LOG.warn("Host {}: {}", runtime.hostName(), name);
            } else {
                LOG.info("Host {}: {}", runtime.hostName(), name);
            }
        }
    }

    /** Aloud, by one rank of each host, where something better than what is used has trouble. */
    private void tellUnused() {
        int used = modules.get(0).port().provider().exclusivity();
        for (Unused one : unused) {
            if (one.isTrouble() && one.exclusivity() > used && isFirstHere()) {
                LOG.warn("Not used: {}", one.text());
            } else {
                LOG.info("Not used: {}", one.text());
            }
        }
    }

    /** Aloud, by one rank of each host: what may keep ports that are used from reaching others. */
    private void tellDoubts() {
        if (!isFirstHere()) {
            return;
        }
        if (parameters.value(OpenibParameters.WARN_DEFAULT_GID_PREFIX)) {
            SubnetPrefixes.doubt(contacts).ifPresent(doubt -> LOG.warn("Host {}: {}", runtime.hostName(), doubt));
        }
        for (OpenibModule module : modules) {
            Partitions.doubt(module.port(), parameters.value(OpenibParameters.PKEY))
                    .ifPresent(doubt -> LOG.warn("Host {}: {}", runtime.hostName(), doubt));
        }
    }

    private boolean isFirstHere() {
        return turn() == 0;
    }

    private int turn() {
        return turn(runtime);
    }

    /** Of the ranks of its host, the which a rank is; 0 if nobody knows. */
    static int turn(JobRuntime runtime) {
        return runtime.locality()
                .ranksHere()
                .map(ranks -> ranks.indexOf(runtime.rank()))
                .orElse(0);
    }

    /**
     * Whether it is needed from the beginning: the port that is likely to be most ways, and one of its kind to fall back on. Others are
     * made when a peer is reached by nothing else; a host with many devices would else have the buffers of each in every rank.
     */
    private boolean isForTheStart(OpenPort port) {
        return modules.isEmpty()
                || (modules.size() < PORTS_AT_START
                        && modules.get(0).port().provider().exclusivity()
                                <= port.provider().exclusivity());
    }

    /** There will be connections where there are peers. */
    private void prepare(OpenibModule module) {
        if (runtime.size() > 1) {
            module.prepare();
        }
    }

    private void add(OpenPort port, int lanes, ControlThread control, Links links, List<WireupComponent> wireups) {
        OpenibModule module;
        try {
            module = module(port, lanes, new OpenibModule.Shared(control, news, links, events, receiveTable, counters));
        } catch (VerbsException e) {
            unused.add(Unused.trouble(port.provider(), port.place() + ": " + e.getMessage()));
            return;
        }
        ModuleWireupPort wireupPort = new ModuleWireupPort(
                port,
                contacts.size(),
                module,
                runtime,
                Contacts.configuration(shapes.queues().toString(), shapes.mtu(port), shapes.maxSendBytes()),
                control);
        Wiring wiring = new Wiring(module);
        module.wiring(wiring, wireupPort);
        try {
            wiring.open(wireupPort, wireups, parameters);
        } catch (WireupRefusedException e) {
            unused.add(Unused.trouble(port.provider(), e.reason()));
            module.closeResources();
            return;
        }
        undo.add(wiring::close);
        modules.add(module);
        wireupPorts.add(wireupPort);
        contacts.add(contact(port, module.settings(), wiring.offers()));
    }

    /** One for the start is made whole, and tried. */
    private OpenibModule module(OpenPort port, int lanes, OpenibModule.Shared shared) {
        OpenibModule module = new OpenibModule(
                port,
                shapes.shape(port),
                lanes,
                shared,
                new PortSettings(port, shapes),
                TimeUnit.MILLISECONDS.toNanos(parameters.value(OpenibParameters.DRAIN_TIMEOUT_MS)),
                keepaliveNs());
        undo.add(module::closeResources);
        if (isForTheStart(port)) {
            begin(module);
        }
        return module;
    }

    private long keepaliveNs() {
        return (long) (parameters.value(OpenibParameters.KEEPALIVE) * TimeUnit.SECONDS.toNanos(1));
    }

    private void begin(OpenibModule module) {
        try {
            Trial.register(module.port(), shapes.queues());
            module.path();
            prepare(module);
        } catch (VerbsException e) {
            module.closeResources();
            throw e;
        }
    }

    private PortContact contact(OpenPort port, PortSettings settings, List<SchemeOffer> offers) {
        Gid gid = settings.published();
        return new PortContact(
                port.provider().name(),
                port.provider().exclusivity(),
                port.device().name(),
                port.port(),
                port.deviceNumber(),
                atomicDevices.takes(
                        port.deviceNumber(), port.device().attributes().atomicCapability()),
                shapes.mtu(port).code(),
                offers,
                gid,
                port.attributes().linkLayer() == LinkLayer.ETHERNET,
                (int) Math.min(Integer.MAX_VALUE, port.attributes().speedMbps()),
                GidAddress.subnetBits(gid, port.attributes().linkLayer()),
                Optional.of(settings.publishedType()));
    }

    private OpenibBtl finish(OpenPorts ports, ControlThread control, PeerTable peers, Links links) {
        ports.closeAllBut(
                device -> modules.stream().anyMatch(module -> module.port().deviceNumber() == device));
        links.start(peers, modules);
        wireupPorts.forEach(port -> port.peers(peers));
        AsyncWatch watch = new AsyncWatch(control, news, modules);
        modules.forEach(module -> module.onRetired(watch::lookOften));
        control.execute(watch::look);
        runtime.onPeerDied(death -> news.offer(() -> links.ends().died(death)));
        runtime.onLauncherLost(
                loss -> news.offer(() -> links.ends().launcherLost(runtime.rank(), String.valueOf(loss.getMessage()))));
        return new OpenibBtl(new OpenibParts(
                runtime,
                ports,
                peers,
                links,
                events,
                receiveTable,
                counters,
                new Memories(runtime.rank(), ports.domains(), device -> isUsed(device, peers)),
                modules,
                control,
                shapes.maxSendBytes(),
                parameters.value(OpenibParameters.THREAD_QUEUE),
                parameters.value(OpenibParameters.CLOSE_TIMEOUT_MS),
                keepaliveNs()));
    }

    /** Whether a device has been needed, or is the way to some peer. */
    private boolean isUsed(int device, PeerTable peers) {
        for (int i = 0; i < modules.size(); i++) {
            OpenibModule module = modules.get(i);
            if (module.port().deviceNumber() == device
                    && !module.isAbandoned()
                    && (module.isInUse() || peers.isRoutedBy(i))) {
                return true;
            }
        }
        return false;
    }

    /** The latest first, and each step though another has failed. */
    private void undoAll(Throwable why) {
        Collections.reverse(undo);
        for (Runnable step : undo) {
            try {
                step.run();
            } catch (Throwable e) {
                why.addSuppressed(e);
            }
        }
        undo.clear();
    }
}
