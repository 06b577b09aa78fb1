package io.openib.runtime;

import io.openib.mca.McaParameters;
import org.jspecify.annotations.Nullable;

/**
 * A place in a job whose launcher speaks PMIx; libpmix finds the server by further variables of the environment.
 *
 * @param namespace the job's name
 * @param rank this process's number, as text
 */
record PmixAddress(String namespace, String rank) implements LauncherAddress {

    @Override
    public String name() {
        return "pmix, namespace " + namespace;
    }

    @Override
    public JobRuntime join(byte @Nullable [] secret, McaParameters parameters) {
        PmixCalls calls = PmixLibrary.load(parameters.value(RuntimeParameters.PMIX_LIBRARY));
        return PmixRuntime.open(calls, name(), secret, parameters.value(RuntimeParameters.PMI_TIMEOUT_MS));
    }
}
