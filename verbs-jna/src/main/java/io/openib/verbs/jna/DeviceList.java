package io.openib.verbs.jna;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code ibv_get_device_list}, taken and given back within one call. */
final class DeviceList {
    private final Ibverbs ibv;

    DeviceList(Ibverbs ibv) {
        this.ibv = ibv;
    }

    /** In the library's order. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        forEach(device -> names.add(name(device)));
        return names;
    }

    /**
     * {@code ibv_open_device}.
     *
     * @return the address of its {@code ibv_context}
     * @throws VerbsException ENODEV for an unknown name
     */
    Opened open(String wanted) {
        List<Opened> opened = new ArrayList<>(1);
        forEach(device -> {
            if (opened.isEmpty() && name(device).equals(wanted)) {
                opened.add(new Opened(device, open(device, wanted)));
            }
        });
        if (opened.isEmpty()) {
            throw new VerbsException(
                    "ibv_open_device", wanted, Errno.ENODEV, "there is no such device; here are " + names());
        }
        return opened.get(0);
    }

    /** libibverbs says ENOENT to who may not open the device's node. */
    private long open(long device, String name) {
        long context = ibv.openDevice(device);
        if (context != 0) {
            return context;
        }
        int errno = Libc.errno();
        Optional<String> obstacle = HostStack.here().obstacleTo(name);
        if (obstacle.isPresent()) {
            throw new VerbsException("ibv_open_device", name, Errno.EACCES, obstacle.get());
        }
        throw Failures.of("ibv_open_device", name, errno);
    }

    /** Raw addresses of the {@code ibv_device} and of the {@code ibv_context} made of it. */
    record Opened(long device, long context) {}

    private String name(long device) {
        return NativeMemory.text(ibv.getDeviceName(device));
    }

    private void forEach(java.util.function.LongConsumer action) {
        NativeMemory count = NativeMemory.ofBytes(Integer.BYTES);
        long list = Failures.check(ibv.getDeviceList(count.address()), "ibv_get_device_list", "this host");
        try {
            int devices = count.bytes().getInt(0);
            if (devices > 0) {
                ByteBuffer pointers = NativeMemory.view(list, devices * Long.BYTES);
                for (int i = 0; i < devices; i++) {
                    action.accept(pointers.getLong(i * Long.BYTES));
                }
            }
        } finally {
            ibv.freeDeviceList(list);
        }
    }
}
