package io.openib.cli.devices;

import io.openib.mca.ParameterValue;
import java.nio.file.Path;
import java.util.List;

/** Where the software device puts shared memory on a host. */
public final class SharedMemoryFolders {
    private static final String SPARE = "soft_shm_dir";

    private SharedMemoryFolders() {}

    /** The first, and the one for when that has no room or cannot be used, as these parameters have it. */
    public static List<Path> of(List<ParameterValue<?>> values) {
        String spare = values.stream()
                .filter(value -> value.parameter().name().equals(SPARE))
                .map(ParameterValue::text)
                .findFirst()
                .orElse(System.getProperty("java.io.tmpdir"));
        return List.of(Path.of("/dev/shm"), Path.of(spare));
    }
}
