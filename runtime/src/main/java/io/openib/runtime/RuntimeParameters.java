package io.openib.runtime;

import io.openib.mca.Level;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterDeclarations;
import java.util.List;

/** The parameters of this module. */
public final class RuntimeParameters implements ParameterDeclarations {

    /** Which launcher to join. */
    public static final Parameter<LauncherChoice> LAUNCHER = Parameter.enumeration(
                    "runtime_launcher", LauncherChoice.class)
            .defaultValue(LauncherChoice.AUTO)
            .level(Level.USER_DETAIL)
            .help("Which launcher to join: auto goes by the environment, pmi1 insists on PMI_PORT or PMI_FD, pmix on"
                    + " PMIX_NAMESPACE and PMIX_RANK, singleton runs alone whatever the environment says.")
            .build();

    /** Where libpmix is. */
    public static final Parameter<String> PMIX_LIBRARY = Parameter.string("runtime_pmix_library")
            .defaultValue(PmixLibrary.DEFAULT_NAME)
            .level(Level.USER_DETAIL)
            .help(
                    "The libpmix to join a PMIx launcher with, which should be the launcher's own: a file, or a name that the"
                            + " loader finds.")
            .build();

    /** How long to wait for the launcher. */
    public static final Parameter<Integer> PMI_TIMEOUT_MS = Parameter.integer("runtime_pmi_timeout_ms")
            .unit("ms")
            .range(1, 3_600_000)
            .defaultValue(30_000)
            .level(Level.TUNER_DETAIL)
            .help(
                    "How long the launcher may take to admit this process, and to answer a put or a get; a fence has a time"
                            + " limit of its own. Ranks of a job that makes a secret for itself wait for one another for twice"
                            + " as long.")
            .build();

    /** Creates the declarations; there is nothing in them but the constants. */
    public RuntimeParameters() {}

    @Override
    public List<Parameter<?>> parameters() {
        return List.of(LAUNCHER, PMIX_LIBRARY, PMI_TIMEOUT_MS);
    }
}
