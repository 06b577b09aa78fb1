package io.openib.wireup.testkit;

import io.openib.verbs.AddressVector.GlobalRoute;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
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
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.QueuePairOwner.ProbeAnswer;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Queue pairs that only know their state and their peer: enough for a scheme whose messages do not travel over the device.
 * A transfer succeeds when both ends lead to each other, the peer's can receive and, for a SEND, has a receive. Moves that
 * verbs does not have are refused as a device refuses them.
 */
public final class ScriptedFabric implements Fabric {
    private static final long PREFIX = 0xfd00_0000_0000_0000L;

    private final Map<End, Qp> queuePairs = new HashMap<>();
    private long ports;

    /** Without any port yet. */
    public ScriptedFabric() {}

    private record End(Gid gid, int number) {}

    private static final class Qp {
        final End own;
        QpState state = QpState.RESET;

        @Nullable
        End peer;

        int rqPsn;
        int sqPsn;
        int receives;

        final QpAttributes known = QpAttributes.none();

        Qp(End own) {
            this.own = own;
        }
    }

    @Override
    public synchronized Port open() {
        return new ScriptedPort(new Gid(PREFIX, ++ports));
    }

    @Override
    public void close() {
        // nothing is held
    }

    private synchronized void modify(Qp qp, QpAttributes attributes) {
        QpState next = attributes.state();
        QpState needed =
                switch (next) {
                    case INIT -> QpState.RESET;
                    case RTR -> QpState.INIT;
                    case RTS -> QpState.RTR;
                    default -> qp.state;
                };
        if (qp.state != needed) {
            throw new VerbsException(
                    "ibv_modify_qp",
                    "scripted0 qp " + qp.own.number,
                    Errno.EINVAL,
                    "no move from " + qp.state + " to " + next);
        }
        if (next == QpState.RTR) {
            GlobalRoute route = attributes.addressVector().grh();
            qp.peer = route == null ? null : new End(route.dgid(), attributes.destQpNumber());
            qp.rqPsn = attributes.rqPsn();
            qp.known.maxDestRdAtomic(attributes.maxDestRdAtomic()).pathMtu(attributes.pathMtu());
        } else if (next == QpState.RTS) {
            qp.sqPsn = attributes.sqPsn();
            qp.known.maxRdAtomic(attributes.maxRdAtomic());
        }
        qp.state = next;
    }

    private synchronized boolean transfer(Qp qp, boolean needsReceive) {
        if (qp.state != QpState.RTS) {
            return false;
        }
        Qp peer = qp.peer == null ? null : queuePairs.get(qp.peer);
        if (peer == null || !isReachable(qp, peer) || (needsReceive && peer.receives == 0)) {
            qp.state = QpState.ERR;
            return false;
        }
        if (needsReceive) {
            peer.receives--;
        }
        return true;
    }

    private static boolean isReachable(Qp qp, Qp peer) {
        boolean canReceive = peer.state == QpState.RTR || peer.state == QpState.RTS;
        return canReceive && qp.own.equals(peer.peer) && qp.sqPsn == peer.rqPsn;
    }

    private final class ScriptedPort implements Port {
        private final Gid gid;
        private final Device device;
        private final Map<QueuePair, Qp> own = new HashMap<>();
        private int next;

        ScriptedPort(Gid gid) {
            this.gid = gid;
            this.device = stub(Device.class, (name, arguments) -> switch (name) {
                case "name" -> "scripted0";
                case "queryPort" ->
                    new PortAttributes(
                            PortState.ACTIVE,
                            Mtu.MTU_4096,
                            Mtu.MTU_4096,
                            1,
                            1,
                            1 << 30,
                            0,
                            0,
                            LinkLayer.ETHERNET,
                            0,
                            false);
                case "queryGid" -> entry();
                case "queryGidTable" -> List.of(entry());
                default -> throw new AssertionError("a scripted device has no " + name);
            });
        }

        private GidEntry entry() {
            return new GidEntry(gid, 0, 1, GidType.ROCE_V2);
        }

        @Override
        public Device device() {
            return device;
        }

        @Override
        public int gidIndex() {
            return 0;
        }

        @Override
        public int pkeyIndex() {
            return 0;
        }

        @Override
        public VerbsProvider provider() {
            throw new AssertionError("a scripted device has no provider");
        }

        @Override
        public QueuePair createQueuePair() {
            synchronized (ScriptedFabric.this) {
                Qp qp = new Qp(new End(gid, ++next));
                QueuePair made = stub(QueuePair.class, (name, arguments) -> switch (name) {
                    case "number" -> qp.own.number;
                    case "state" -> qp.state;
                    case "query" -> qp.known;
                    case "modify" -> {
                        modify(qp, (QpAttributes) arguments[0]);
                        yield null;
                    }
                    default -> throw new AssertionError("a scripted queue pair has no " + name);
                });
                queuePairs.put(qp.own, qp);
                own.put(made, qp);
                return made;
            }
        }

        private Qp of(QueuePair qp) {
            Qp found = own.get(qp);
            if (found == null) {
                throw new AssertionError("a queue pair of somebody else's");
            }
            return found;
        }

        @Override
        public void postReceive(QueuePair qp) {
            synchronized (ScriptedFabric.this) {
                if (of(qp).state == QpState.RESET) {
                    throw new AssertionError("a receive is posted in RESET");
                }
                of(qp).receives++;
            }
        }

        @Override
        public void write(QueuePair qp, ProbeAnswer answer) {
            answer.onAnswer(transfer(of(qp), false));
        }

        @Override
        public void send(QueuePair qp, ProbeAnswer answer) {
            answer.onAnswer(transfer(of(qp), true));
        }

        @Override
        public void destroy(QueuePair qp) {
            synchronized (ScriptedFabric.this) {
                queuePairs.remove(of(qp).own);
            }
        }

        @Override
        public void close() {
            synchronized (ScriptedFabric.this) {
                own.values().forEach(qp -> queuePairs.remove(qp.own));
            }
        }
    }

    private interface Answer {
        @Nullable
        Object to(String name, Object[] arguments);
    }

    private static <T> T stub(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "toString" -> "scripted " + type.getSimpleName();
                    default -> answer.to(method.getName(), arguments == null ? new Object[0] : arguments);
                }));
    }
}
