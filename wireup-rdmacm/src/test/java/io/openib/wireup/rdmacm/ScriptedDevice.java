package io.openib.wireup.rdmacm;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.Availability;
import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.cm.CmProvider;
import io.openib.verbs.cm.ConnectionManager;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A device with one port, and its provider. Whatever a wireup has no business with fails. */
record ScriptedDevice(Gid gid, ConnectionManager connectionManager, Supplier<PortState> portState)
        implements Device, CmProvider {
    ScriptedDevice(Gid gid, ConnectionManager connectionManager) {
        this(gid, connectionManager, () -> PortState.ACTIVE);
    }

    @Override
    public String name() {
        return "soft0";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int exclusivity() {
        return SOFTWARE;
    }

    @Override
    public Availability availability() {
        return Availability.usable();
    }

    @Override
    public List<String> deviceNames() {
        return List.of(name());
    }

    @Override
    public Device open(String deviceName) {
        return this;
    }

    @Override
    public PortAttributes queryPort(int port) {
        return new PortAttributes(
                portState.get(), Mtu.MTU_4096, Mtu.MTU_1024, 2, 1, 1 << 30, 0, 0, LinkLayer.ETHERNET, 0, false);
    }

    @Override
    public GidEntry queryGid(int port, int index) {
        return new GidEntry(gid, index, port, GidType.ROCE_V2);
    }

    @Override
    public List<GidEntry> queryGidTable(int port) {
        return List.of(queryGid(port, 1));
    }

    @Override
    public DeviceAttributes attributes() {
        throw new AssertionError();
    }

    @Override
    public int queryPkey(int port, int index) {
        throw new AssertionError();
    }

    @Override
    public ProtectionDomain allocProtectionDomain() {
        throw new AssertionError();
    }

    @Override
    public CompletionChannel createCompletionChannel() {
        throw new AssertionError();
    }

    @Override
    public CompletionQueue createCompletionQueue(int cqe, @Nullable CompletionChannel channel) {
        throw new AssertionError();
    }

    @Override
    public @Nullable AsyncEvent nextAsyncEvent(long timeoutMs) {
        throw new AssertionError();
    }

    @Override
    public void close() {
        // nothing is open
    }
}
