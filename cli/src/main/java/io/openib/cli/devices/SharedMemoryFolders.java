package io.openib.cli.devices;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterValue;
import java.nio.file.Path;
import java.util.List;

/** Where the software device puts shared memory on a host. */
public final class SharedMemoryFolders {
    /** As the software device declares it; the command does not see that class. */
    private static final Parameter<String> SPARE = Parameter.string("soft_shm_dir")
            .defaultValue(System.getProperty("java.io.tmpdir"))
            .help("Folder for shared memory when /dev/shm cannot be used or has no room")
            .build();

    private SharedMemoryFolders() {}

    /** As {@link #of}, where not all parameters are known. */
    public static List<Path> preview(McaParameters.Builder sources) {
        return of(sources.resolveOnly(List.of(SPARE)).all());
    }

    /** The first, and the one for when that has no room or cannot be used, as these parameters have it. */
    public static List<Path> of(List<ParameterValue<?>> values) {
        String spare = values.stream()
                .filter(value -> value.parameter().name().equals(SPARE.name()))
                .map(ParameterValue::text)
                .findFirst()
                .orElse(SPARE.defaultValue());
        return List.of(Path.of("/dev/shm"), Path.of(spare));
    }
}
