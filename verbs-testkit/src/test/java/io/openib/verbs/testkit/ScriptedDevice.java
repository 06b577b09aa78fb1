package io.openib.verbs.testkit;

import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.List;

/** A device that has a port and memory, and nothing that moves data: for tests of the harness. */
public final class ScriptedDevice implements DeviceUnderTest {
    /** Made by name, also in the peer process. */
    public ScriptedDevice() {}

    @Override
    public Device open() {
        Gid gid = new Gid(0x20010db8L << 32, 1);
        PortAttributes port = new PortAttributes(
                PortState.ACTIVE, Mtu.MTU_4096, Mtu.MTU_1024, 1, 1, 1 << 20, 0, 0, LinkLayer.ETHERNET, 0, false);
        GidEntry entry = new GidEntry(gid, 0, 1, GidType.ROCE_V2);
        return fake(Device.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "queryPort" -> port;
            case "queryPkey" -> 0xffff;
            case "queryGid" -> entry;
            case "queryGidTable" -> List.of(entry);
            case "allocProtectionDomain" -> domain();
            case "createCompletionQueue" -> throw new VerbsException("ibv_create_cq", "fake0", Errno.ENOMEM, "none");
            default -> null;
        });
    }

    private static ProtectionDomain domain() {
        return fake(
                ProtectionDomain.class,
                (proxy, method, arguments) ->
                        method.getName().equals("allocate") ? memory(Math.toIntExact((long) arguments[0])) : null);
    }

    private static MemoryRegion memory(int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        return fake(MemoryRegion.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "buffer" -> bytes.slice(Math.toIntExact((long) arguments[0]), (int) arguments[1]);
            case "address" -> 4096L;
            case "lengthBytes" -> (long) length;
            case "lkey", "rkey" -> 7;
            default -> null;
        });
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
