package io.openib.tests.system.foreign;

import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.Errno;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.soft.SoftProvider;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;

/** The software device under another name, ranked as hardware; without a connection manager. */
public final class PretendedHardware implements VerbsProvider {
    /** The one device's name. */
    public static final String DEVICE = "pretended0";
    /** The system property that lets this process lock as good as no memory. */
    public static final String LOCKS_NOTHING = "pretended.locks_nothing";

    private final SoftProvider soft = new SoftProvider();

    @Override
    public String name() {
        return "pretended";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int exclusivity() {
        return HARDWARE;
    }

    @Override
    public Availability availability() {
        return soft.availability();
    }

    @Override
    public List<String> deviceNames() {
        return List.of(DEVICE);
    }

    @Override
    public Device open(String deviceName) {
        Device device = soft.open(SoftProvider.DEVICE_NAME);
        return instead(Device.class, (method, arguments) -> switch (method.getName()) {
            case "name" -> DEVICE;
            case "attributes" -> attributes(device.attributes());
            case "allocProtectionDomain" -> domain(device.allocProtectionDomain());
            default -> method.invoke(device, arguments);
        });
    }

    private static DeviceAttributes attributes(DeviceAttributes of) {
        return new DeviceAttributes(
                of.firmwareVersion(),
                of.nodeGuid(),
                of.vendorId(),
                of.vendorPartId(),
                of.hardwareVersion(),
                of.physicalPorts(),
                of.atomicCapability(),
                Boolean.getBoolean(LOCKS_NOTHING),
                of.limits());
    }

    private static ProtectionDomain domain(ProtectionDomain pd) {
        return instead(ProtectionDomain.class, (method, arguments) -> {
            if (method.getName().equals("register") && Boolean.getBoolean(LOCKS_NOTHING)) {
                throw new VerbsException("ibv_reg_mr", DEVICE, Errno.ENOMEM, "RLIMIT_MEMLOCK is 0 KiB; raise it");
            }
            return method.invoke(pd, arguments);
        });
    }

    private interface Call {
        Object answer(Method method, Object[] arguments) throws ReflectiveOperationException;
    }

    private static <T> T instead(Class<T> type, Call call) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return call.answer(method, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
