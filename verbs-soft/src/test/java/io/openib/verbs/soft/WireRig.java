package io.openib.verbs.soft;

import io.openib.verbs.Gid;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.PortAddress;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Side;
import io.openib.verbs.testkit.Wiring;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Two processes that share no memory, the near one in this JVM, perhaps one of them with faults; and what the near one sends to
 * the far one goes through a proxy.
 */
final class WireRig implements AutoCloseable {
    /** Messages of {@link Connection#send}. */
    static final int BYTES = 8;

    private static final int PATIENT_TIMEOUT = 18;

    private final Map<SoftCounter, Long> before = SoftCounters.all();
    private final PeerProcess process;
    private final LocalSide side;
    private final WireProxy proxy;
    private final long seed = new SplittableRandom().nextLong();

    /** With faults in the near one: names of parameters and their values by turns. */
    WireRig(String... faults) {
        this(faults, SoftOverWire.NONE);
    }

    private WireRig(String[] near, String[] far) {
        System.out.println("soft_fault_seed " + seed + " with near " + List.of(near) + ", far " + List.of(far));
        SoftOverWire device = new SoftOverWire(seeded(near), seeded(far));
        process = PeerProcess.start(device);
        side = new LocalSide(device);
        proxy = new WireProxy((int) (process.side().address().gidInterface() >>> 48));
    }

    /** With faults in the far one. */
    static WireRig withFaultsFar(String... faults) {
        return new WireRig(SoftOverWire.NONE, faults);
    }

    private String[] seeded(String... faults) {
        List<String> all = new ArrayList<>(List.of("soft_fault_seed", Long.toString(seed)));
        all.addAll(List.of(faults));
        return all.toArray(new String[0]);
    }

    WireProxy proxy() {
        return proxy;
    }

    PeerProcess process() {
        return process;
    }

    Side near() {
        return side;
    }

    Side far() {
        return process.side();
    }

    SplittableRandom random() {
        return new SplittableRandom(seed);
    }

    /** The near end's wiring: through the proxy, and patient enough for a busy machine. */
    Wiring through(End near, End far) {
        return through(proxy, near, far);
    }

    /** The same through another proxy. */
    Wiring through(WireProxy other, End near, End far) {
        PortAddress direct = far.side().address();
        long behindPort = direct.gidInterface() & 0xffff_ffff_ffffL;
        Gid proxied = new Gid(direct.gidPrefix(), (long) other.port() << 48 | behindPort);
        return near.towards(far)
                .destination(direct.withGid(proxied))
                .retries(PATIENT_TIMEOUT, 7)
                .minRnrTimer(1);
    }

    /** Two ends that are not connected. */
    Connection open(QpRequest nearRequest, QpRequest farRequest) {
        return new Connection(End.open(side, nearRequest, 0), End.open(process.side(), farRequest, 0));
    }

    /** Two ends that are. */
    Connection connect() {
        Connection rc = open(QpRequest.rc(), QpRequest.rc());
        rc.connect(through(rc.near(), rc.far()));
        return rc;
    }

    long risen(SoftCounter counter) {
        return SoftCounters.value(counter) - before.getOrDefault(counter, 0L);
    }

    @Override
    public void close() {
        try {
            side.close();
        } finally {
            try {
                process.close();
            } finally {
                proxy.close();
            }
        }
    }

    record Connection(End near, End far) {
        void connect(Wiring nearWiring) {
            far.connect(far.towards(near).minRnrTimer(1));
            near.connect(nearWiring);
        }

        /** Posts a send of a number. */
        void send(int message) {
            int at = message * BYTES;
            near.write(at, ByteBuffer.allocate(BYTES).putLong(message).array());
            near.post(Send.send(message, near.region().part(at, BYTES)));
        }

        /** The number that stands in the far end's region. */
        long received(int message) {
            return ByteBuffer.wrap(far.read(message * BYTES, BYTES)).getLong();
        }
    }
}
