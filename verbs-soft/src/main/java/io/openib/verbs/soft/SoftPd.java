package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressHandle;
import io.openib.verbs.AddressVector;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpType;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.VerbsException;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.OwnArena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** A protection domain. */
final class SoftPd implements ProtectionDomain {
    static final int PAGE = 4096;

    private final SoftDevice device;
    private final int number;
    private final Set<AutoCloseable> users = ConcurrentHashMap.newKeySet();
    private boolean isClosed;

    SoftPd(SoftDevice device, int number) {
        this.device = device;
        this.number = number;
    }

    int number() {
        return number;
    }

    @Override
    public Device device() {
        return device;
    }

    SoftDevice softDevice() {
        return device;
    }

    SoftAdapter adapter() {
        return device.adapter();
    }

    @Override
    public MemoryRegion allocate(long lengthBytes, Set<AccessFlag> access) {
        checkAccess(access);
        if (lengthBytes < 1 || lengthBytes > OwnArena.MAX_BYTES) {
            throw refused(
                    "ibv_reg_mr", lengthBytes + " bytes is not within 1 to " + OwnArena.MAX_BYTES + " of this device");
        }
        int bytes = (int) lengthBytes;
        return kept("ibv_reg_mr", () -> entered(adapter().arena().allocate(bytes, PAGE), bytes, access));
    }

    private SoftMr entered(long address, int bytes, Set<AccessFlag> access) {
        try {
            return adapter().regions().add(this, address, bytes, access);
        } catch (RuntimeException | Error e) {
            adapter().arena().free(address, bytes, PAGE);
            throw e;
        }
    }

    @Override
    public MemoryRegion register(ByteBuffer memory, Set<AccessFlag> access) {
        checkAccess(access);
        if (!memory.isDirect() || memory.remaining() == 0) {
            throw refused("ibv_reg_mr", "only a direct buffer with bytes between position and limit can be registered");
        }
        if (AccessFlag.hasRemote(access)) {
            throw new VerbsException(
                    "ibv_reg_mr",
                    device.place(),
                    Errno.EOPNOTSUPP,
                    "a peer cannot touch plain memory on this device; take memory from ProtectionDomain.allocate");
        }
        if (memory.isReadOnly() && access.contains(AccessFlag.LOCAL_WRITE)) {
            throw refused("ibv_reg_mr", "a read-only buffer cannot have LOCAL_WRITE");
        }
        return kept("ibv_reg_mr", () -> adapter().regions().addPrivate(this, memory, access));
    }

    private void checkAccess(Set<AccessFlag> access) {
        boolean needsLocalWrite = access.contains(AccessFlag.REMOTE_WRITE) || access.contains(AccessFlag.REMOTE_ATOMIC);
        if (needsLocalWrite && !access.contains(AccessFlag.LOCAL_WRITE)) {
            throw refused("ibv_reg_mr", "REMOTE_WRITE and REMOTE_ATOMIC need LOCAL_WRITE");
        }
    }

    void deregister(SoftMr region) {
        if (!adapter().regions().withdraw(region)) {
            return;
        }
        adapter().queuePairs().awaitOwnOperations(this);
        forget(region);
        if (Address.isPrivate(region.address)) {
            adapter().regions().release(region); // no peer can reach it
        } else {
            GracePeriod.end(adapter(), qp -> qp.pd == this, () -> giveBack(region));
        }
    }

    /** It is withdrawn, and no live peer is in the midst of an operation on memory of this domain. */
    private void giveBack(SoftMr region) {
        adapter().regions().release(region);
        adapter().arena().free(region.address, (int) region.lengthBytes, PAGE);
    }

    @Override
    public QueuePair createQueuePair(QpInitAttributes attributes) {
        String problem = QpLimits.problem(attributes, this);
        if (problem != null) {
            throw refused("ibv_create_qp", problem);
        }
        return kept("ibv_create_qp", () -> {
            SoftQp qp = attributes.type() == QpType.RC ? new RcQp(this, attributes) : new UdQp(this, attributes);
            qp.enter();
            return qp;
        });
    }

    @Override
    public SharedReceiveQueue createSharedReceiveQueue(int maxWr, int maxSge) {
        String problem = QpLimits.sharedProblem(maxWr, maxSge);
        if (problem != null) {
            throw refused("ibv_create_srq", problem);
        }
        return kept("ibv_create_srq", () -> new SoftSrq(this, maxWr, maxSge));
    }

    @Override
    public AddressHandle createAddressHandle(AddressVector vector) {
        String problem = device.vectorProblem(vector);
        if (problem != null) {
            throw refused("ibv_create_ah", problem);
        }
        return kept("ibv_create_ah", () -> new SoftAh(this, vector));
    }

    /** Makes something of this domain, which is busy until it is forgotten. */
    private <T extends AutoCloseable> T kept(String call, Supplier<T> make) {
        synchronized (this) {
            if (isClosed) {
                throw refused(call, "the protection domain is closed");
            }
        }
        try {
            T made = make.get();
            users.add(made);
            return made;
        } catch (NoRoomException e) {
            throw new VerbsException(call, device.place(), Errno.ENOMEM, String.valueOf(e.getMessage()), e);
        }
    }

    void forget(AutoCloseable user) {
        users.remove(user);
    }

    VerbsException refused(String call, String why) {
        return new VerbsException(call, device.place(), Errno.EINVAL, why);
    }

    /** Closes what is still open in it: queue pairs before the shared queues that they use. */
    void closeUsers(Closer closer) {
        List<AutoCloseable> last = new ArrayList<>();
        for (AutoCloseable user : users) {
            if (user instanceof SoftSrq) {
                last.add(user);
            } else {
                closer.close(user);
            }
        }
        last.forEach(closer::close);
    }

    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        if (!users.isEmpty()) {
            throw new VerbsException(
                    "ibv_dealloc_pd", device.place(), Errno.EBUSY, users.size() + " objects of it are still open");
        }
        isClosed = true;
        device.forget(this);
    }
}
