package io.openib.verbs.jna;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressHandle;
import io.openib.verbs.AddressVector;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SharedReceiveQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/** {@code struct ibv_pd}. */
final class JnaProtectionDomain implements ProtectionDomain {
    private static final int PAGE = 4096;

    private final JnaDevice device;
    private final VerbsContext context;
    private final Handle handle;

    JnaProtectionDomain(JnaDevice device, long pd) {
        this.device = device;
        this.context = device.context();
        this.handle = new Handle(device.name() + " pd", pd);
    }

    long address() {
        return handle.address();
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public MemoryRegion allocate(long lengthBytes, Set<AccessFlag> access) {
        long most = device.attributes().limit(DeviceLimit.MAX_MR_BYTES);
        if (lengthBytes < 1 || lengthBytes > most) {
            throw Failures.invalid("ibv_reg_mr", device.name(), lengthBytes + " bytes are not within 1 to " + most);
        }
        return region(memory((int) lengthBytes).bytes(), access);
    }

    private NativeMemory memory(int lengthBytes) {
        try {
            return NativeMemory.aligned(lengthBytes, PAGE);
        } catch (OutOfMemoryError e) {
            throw new io.openib.verbs.VerbsException(
                    "ibv_reg_mr",
                    device.name(),
                    io.openib.verbs.Errno.ENOMEM,
                    lengthBytes + " bytes of direct memory are more than this JVM may have; raise"
                            + " -XX:MaxDirectMemorySize",
                    e);
        }
    }

    @Override
    public MemoryRegion register(ByteBuffer memory, Set<AccessFlag> access) {
        if (!memory.isDirect()) {
            throw Failures.invalid("ibv_reg_mr", device.name(), "a heap buffer has no fixed address; use a direct one");
        }
        if (memory.isReadOnly()) {
            throw Failures.invalid(
                    "ibv_reg_mr", device.name(), "a read-only buffer has no address; use a writable one");
        }
        if (!memory.hasRemaining()) {
            throw Failures.invalid("ibv_reg_mr", device.name(), "the buffer has no bytes from position to limit");
        }
        return region(memory.slice().order(ByteOrder.nativeOrder()), access);
    }

    private MemoryRegion region(ByteBuffer bytes, Set<AccessFlag> access) {
        int bits = AccessFlag.bits(access);
        boolean isWritten = access.contains(AccessFlag.REMOTE_WRITE) || access.contains(AccessFlag.REMOTE_ATOMIC);
        if (isWritten && !access.contains(AccessFlag.LOCAL_WRITE)) {
            throw Failures.invalid(
                    "ibv_reg_mr", device.name(), access + ": remote write and remote atomic need LOCAL_WRITE");
        }
        long mr = Failures.check(
                context.ibv().regMr(handle.address(), NativeMemory.addressOf(bytes), bytes.capacity(), bits),
                "ibv_reg_mr",
                device.name());
        return context.opened(mr, new JnaMemoryRegion(context, mr, bytes, access));
    }

    @Override
    public QueuePair createQueuePair(QpInitAttributes attributes) {
        return QueuePairFactory.create(device, this, attributes);
    }

    @Override
    public SharedReceiveQueue createSharedReceiveQueue(int maxWr, int maxSge) {
        if (maxWr < 1 || maxSge < 0) {
            throw Failures.invalid("ibv_create_srq", device.name(), maxWr + " receives of " + maxSge + " entries");
        }
        NativeMemory init = NativeMemory.ofBytes(SrqInitAttrLayout.BYTES);
        ByteBuffer bytes = init.bytes();
        bytes.putInt(SrqInitAttrLayout.ATTR + SrqInitAttrLayout.ATTR_MAX_WR, maxWr);
        bytes.putInt(SrqInitAttrLayout.ATTR + SrqInitAttrLayout.ATTR_MAX_SGE, maxSge);
        long srq = Failures.check(
                context.ibv().createSrq(handle.address(), init.address()), "ibv_create_srq", device.name());
        int gotWr = bytes.getInt(SrqInitAttrLayout.ATTR + SrqInitAttrLayout.ATTR_MAX_WR);
        int gotSge = bytes.getInt(SrqInitAttrLayout.ATTR + SrqInitAttrLayout.ATTR_MAX_SGE);
        return context.opened(srq, new JnaSharedReceiveQueue(this, context, srq, gotWr, gotSge));
    }

    @Override
    public AddressHandle createAddressHandle(AddressVector vector) {
        if (vector.grh() == null && device.queryPort(vector.port()).linkLayer() == LinkLayer.ETHERNET) {
            throw Failures.invalid(
                    "ibv_create_ah", device.name() + ":" + vector.port(), "Ethernet needs a global route (GRH)");
        }
        String place = device.name() + ":" + vector.port();
        QpAttributeRanges.verify("ibv_create_ah", place, vector);
        NativeMemory attr = NativeMemory.ofBytes(AhAttrLayout.BYTES);
        AhAttrLayout.write(attr.bytes(), 0, vector);
        long ah = context.ibv().createAh(handle.address(), attr.address());
        attr.keep();
        Failures.check(ah, "ibv_create_ah", place);
        return context.opened(ah, new JnaAddressHandle(context, ah));
    }

    @Override
    public void close() {
        handle.close("ibv_dealloc_pd", context.ibv()::deallocPd, pd -> context.closed(pd, this));
    }

    @Override
    public String toString() {
        return handle.place();
    }
}
