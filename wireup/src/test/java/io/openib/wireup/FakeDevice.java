package io.openib.wireup;

import io.openib.verbs.Device;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** As much of a device as a handshake asks for: port and GID, and queue pairs that go from state to state. */
final class FakeDevice {
    /** A queue pair that knows its state and its peer. */
    static final class Qp {
        final int number;
        final long process;
        QpState state = QpState.RESET;
        int destination;
        long destinationProcess;
        int destinationLid;
        boolean hasReceives;

        Qp(int number, long process) {
            this.number = number;
            this.process = process;
        }
    }

    private final Map<Long, Qp> fabric;
    private final long process;
    private final Map<QueuePair, Qp> own = new HashMap<>();
    private int next;
    /** What the subnet manager has given the port. */
    int lid;

    /** Of the GID table, where its GID is; the others are empty. */
    int gidRow;

    int portQueries;

    /**
     * One port.
     *
     * @param fabric all queue pairs of all processes
     * @param process a number unlike all others
     */
    FakeDevice(Map<Long, Qp> fabric, long process) {
        this.fabric = fabric;
        this.process = process;
    }

    private PortAttributes port() {
        portQueries++;
        return new PortAttributes(
                PortState.ACTIVE, Mtu.MTU_4096, Mtu.MTU_4096, 1, 1, 1 << 30, lid, 0, LinkLayer.ETHERNET, 0, false);
    }

    Device device() {
        return stub(Device.class, (name, arguments) -> switch (name) {
            case "name" -> "fake0";
            case "queryPort" -> port();
            case "queryGid" -> {
                int row = (Integer) arguments[1];
                yield new GidEntry(row == gidRow ? new Gid(1, process) : Gid.ZERO, row, 1, GidType.ROCE_V2);
            }
            default -> throw new AssertionError("nobody should call " + name);
        });
    }

    QueuePair queuePair() {
        Qp qp = new Qp(++next, process);
        fabric.put(process << 24 | qp.number, qp);
        QueuePair made = stub(QueuePair.class, (name, arguments) -> switch (name) {
            case "number" -> qp.number;
            case "state" -> qp.state;
            case "modify" -> {
                modify(qp, (QpAttributes) arguments[0]);
                yield null;
            }
            default -> throw new AssertionError("nobody should call " + name);
        });
        own.put(made, qp);
        return made;
    }

    Qp of(QueuePair qp) {
        return Optional.ofNullable(own.get(qp)).orElseThrow();
    }

    private static void modify(Qp qp, QpAttributes attributes) {
        QpState next = attributes.state();
        if (next == QpState.RTR) {
            if (qp.state != QpState.INIT || !qp.hasReceives) {
                throw new AssertionError("RTR from " + qp.state + " with receives " + qp.hasReceives);
            }
            qp.destination = attributes.destQpNumber();
            var route = attributes.addressVector().grh();
            qp.destinationLid = attributes.addressVector().dlid();
            qp.destinationProcess = route == null ? 0 : route.dgid().interfaceId();
        }
        if (next == QpState.RTS && qp.state != QpState.RTR) {
            throw new AssertionError("RTS from " + qp.state);
        }
        qp.state = next;
    }

    /** Whether a write of this queue pair would be answered. */
    boolean isAnswered(Qp qp) {
        Qp peer = fabric.get(qp.destinationProcess << 24 | qp.destination);
        return qp.state == QpState.RTS
                && peer != null
                && (peer.state == QpState.RTR || peer.state == QpState.RTS)
                && peer.destination == qp.number
                && peer.destinationProcess == qp.process;
    }

    private interface Answer {
        @Nullable
        Object to(String name, Object[] arguments);
    }

    private static <T> T stub(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                FakeDevice.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "toString" -> type.getSimpleName();
                    default -> answer.to(method.getName(), arguments == null ? new Object[0] : arguments);
                }));
    }
}
