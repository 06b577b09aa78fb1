package io.openib.verbs.jna;

import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.jna.calls.HotCalls;
import io.openib.verbs.jna.calls.HotCallsComponent;
import io.openib.verbs.jna.calls.OpsPointers;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Opens a device and lets it pass the load-time checks, or closes it again and says which it failed. */
final class DeviceOpening {
    private final IbverbsLibrary library;
    private final HotCallsComponent calls;
    private final String name;
    private final DeviceList.Opened opened;
    private final BiConsumer<String, String> passed;
    private final Path sysfs;
    private String provider = "";

    private DeviceOpening(
            IbverbsLibrary library,
            HotCallsComponent calls,
            String name,
            DeviceList.Opened opened,
            BiConsumer<String, String> passed,
            Path sysfs) {
        this.sysfs = sysfs;
        this.library = library;
        this.calls = calls;
        this.name = name;
        this.opened = opened;
        this.passed = passed;
    }

    static JnaDevice open(IbverbsLibrary library, HotCallsComponent calls, String name) {
        return open(library, calls, name, (check, evidence) -> {});
    }

    /**
     * The same.
     *
     * @param passed is told each check that was passed, and what it saw
     */
    static JnaDevice open(
            IbverbsLibrary library, HotCallsComponent calls, String name, BiConsumer<String, String> passed) {
        return open(library, calls, name, passed, KernelDevices.SYSFS.folder());
    }

    /**
     * The same.
     *
     * @param sysfs what the kernel says of its devices
     */
    static JnaDevice open(
            IbverbsLibrary library,
            HotCallsComponent calls,
            String name,
            BiConsumer<String, String> passed,
            Path sysfs) {
        DeviceList.Opened opened = new DeviceList(library.calls()).open(name);
        return new DeviceOpening(library, calls, name, opened, passed, sysfs).verified();
    }

    private JnaDevice verified() {
        JnaDevice device = null;
        try {
            HotCalls hotCalls = hotCalls();
            DeviceChecks.verifyTransport(
                    name,
                    NativeMemory.view(opened.device() + ObjectLayouts.DEVICE_TRANSPORT, Integer.BYTES)
                            .getInt(0));
            VerbsContext context =
                    new VerbsContext(name, opened.context(), library, hotCalls, DeviceQuirks.of(provider));
            DeviceChecks checks = new DeviceChecks(library.calls(), name, opened.context(), sysfs);
            DeviceAttributes attributes = checks.verifiedAttributes();
            passed.accept("struct ibv_device_attr", "its node GUID is the one in " + sysfs);
            for (int port = 1; port <= attributes.physicalPorts(); port++) {
                checks.verifyPort(port);
                passed.accept(
                        "struct ibv_port_attr of port " + port, "its fields make sense, the guard behind it is whole");
            }
            int asyncFd = NativeMemory.view(opened.context() + ContextLayout.ASYNC_FD, Integer.BYTES)
                    .getInt(0);
            device = new JnaDevice(context, attributes, asyncFd, RemovalWatch.of(opened.device()));
            new ObjectChecks(device).verify();
            passed.accept("structs ibv_pd, ibv_cq and ibv_qp", "their fields name each other");
            context.keep();
            return device;
        } catch (RuntimeException e) {
            close(device);
            throw e instanceof CheckFailure ? refusal(e) : e;
        }
    }

    private HotCalls hotCalls() {
        ContextChecks checks = new ContextChecks(opened.context(), Platform.here());
        checks.verifyLayout(opened.device());
        passed.accept("struct ibv_context", "its head, its size and its tail are where they should be");
        MemoryMap memoryMap = MemoryMap.read();
        provider = checks.provider(memoryMap, library.file());
        DeviceChecks.verifyLocks(name, provider, System.getenv());
        OpsPointers pointers = checks.verifiedPointers(memoryMap, List.of(library.file(), provider));
        passed.accept("ibv_context.ops", "post and poll lead to code of " + provider);
        return calls.bind(pointers);
    }

    private void close(@Nullable JnaDevice device) {
        if (device == null) {
            library.calls().closeDevice(opened.context());
        } else {
            device.close();
        }
    }

    private VerbsException refusal(RuntimeException e) {
        return new VerbsException(
                "ibv_open_device",
                name,
                Errno.EOPNOTSUPP,
                "check failed, " + e.getMessage() + " (" + library.file()
                        + (provider.isEmpty() ? "" : ", provider " + provider)
                        + "); the device is left alone: use another, or install an rdma-core of version 13 to 65, and"
                        + " report this line",
                e);
    }
}
