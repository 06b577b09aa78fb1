package io.openib.verbs.soft;

import io.openib.mca.Level;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.LinkLayer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The software device's parameters. */
final class SoftParameters {
    /** The port's link layer by name. */
    enum Link {
        ETHERNET(LinkLayer.ETHERNET),
        INFINIBAND(LinkLayer.INFINIBAND);

        private final LinkLayer layer;

        Link(LinkLayer layer) {
            this.layer = layer;
        }
    }

    private static final String DEFAULT_SHM_DIR = System.getProperty("java.io.tmpdir");

    static final Parameter<String> SHM_DIR = Parameter.string("soft_shm_dir")
            .check(SoftParameters::folderProblem)
            .defaultValue(DEFAULT_SHM_DIR)
            .level(Level.USER_DETAIL)
            .help("Folder for shared memory when /dev/shm cannot be used or has no room; it must be there")
            .build();

    static final Parameter<String> JOB = Parameter.string("soft_job")
            .check(value -> value.matches("(job-[A-Za-z0-9_-]{1,64})?") ? null : "it must be job- and a name, or empty")
            .defaultValue("")
            .level(Level.DEV_ALL)
            .help("Folder of the job's shared memory below the user's; the launcher sets and removes it")
            .build();

    static final Parameter<Link> LINK_LAYER = Parameter.enumeration("soft_link_layer", Link.class)
            .defaultValue(Link.ETHERNET)
            .level(Level.DEV_DETAIL)
            .help("Link layer that the port shows: ethernet needs a GRH, infiniband has LIDs")
            .build();

    private SoftParameters() {}

    /** Where memory is to go in need is found out at the start, not in need; what is mistyped is not made. */
    private static @Nullable String folderProblem(String text) {
        if (text.equals(DEFAULT_SHM_DIR)) {
            return null; // not the user's mistake, and mostly not needed
        }
        try {
            Path folder = Path.of(text);
            if (!folder.isAbsolute()) {
                return "is no absolute path, and ranks may start in different folders";
            }
            return Files.isDirectory(folder) ? null : "is no folder that is there; make it, or name another";
        } catch (InvalidPathException e) {
            return "is no path of a folder (" + e.getMessage() + ")";
        }
    }

    static List<Parameter<?>> all() {
        return Stream.concat(Stream.of(SHM_DIR, JOB, LINK_LAYER, WireParameters.WIRE), FaultParameters.all().stream())
                .toList();
    }

    /** Defaults, with nothing read from around the process. */
    static McaParameters defaults() {
        return McaParameters.of(java.util.Map.of(), all());
    }

    static LinkLayer linkLayer(McaParameters values) {
        return values.value(LINK_LAYER).layer;
    }

    static Path spareFolder(McaParameters values) {
        return Path.of(values.value(SHM_DIR));
    }
}
