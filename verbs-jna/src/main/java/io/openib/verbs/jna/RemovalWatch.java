package io.openib.verbs.jna;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Notices that the kernel is removing a device. A driver that cannot take a device away from its users (rxe) sends them no
 * event: the kernel takes the device's entry out of {@code /sys/class/infiniband_verbs}, then waits until all of them have
 * closed it. Who reads asynchronous events owns it.
 */
final class RemovalWatch {
    private static final Path FOLDER = Path.of("/sys/class/infiniband_verbs");

    private final Path entry;
    private boolean isOver;

    /** An entry that is not there from the beginning tells nothing. */
    RemovalWatch(Path entry) {
        this.entry = entry;
        this.isOver = !Files.exists(entry);
    }

    /** Of an {@code ibv_device}. */
    static RemovalWatch of(long device) {
        return new RemovalWatch(FOLDER.resolve(NativeMemory.text(device + ContextLayout.DEVICE_DEV_NAME)));
    }

    /** The device's end is known. */
    void stop() {
        isOver = true;
    }

    /** Whether the device is being removed; true once. */
    boolean isNews() {
        if (isOver || Files.exists(entry)) {
            return false;
        }
        isOver = true;
        RdmacmLibrary.releaseRemovedDevices();
        return true;
    }
}
