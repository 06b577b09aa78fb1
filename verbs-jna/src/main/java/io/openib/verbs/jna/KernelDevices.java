package io.openib.verbs.jna;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The RDMA devices that the kernel knows, by a look into a folder: where there are none, no library needs to be loaded to
 * find none.
 *
 * @param folder with one entry for each device
 */
record KernelDevices(Path folder) {
    static final KernelDevices SYSFS = new KernelDevices(Path.of("/sys/class/infiniband"));

    /** Sorted; empty when the folder is not there. */
    List<String> names() {
        String[] names = new File(folder.toString()).list();
        return names == null ? List.of() : Arrays.stream(names).sorted().toList();
    }

    /** The NUMA node that a device is attached to; -1 if the kernel names none. */
    int numaNode(String device) {
        try {
            return Integer.parseInt(Files.readString(folder.resolve(device).resolve("device/numa_node"))
                    .strip());
        } catch (IOException | NumberFormatException e) {
            return -1; // of a device without hardware
        }
    }

    /** What is missing when there are none. */
    String reasonForNone() {
        return "the kernel has no RDMA device (" + folder
                + "); load the driver of yours, or rdma_rxe for Soft-RoCE (rdma link add)";
    }
}
