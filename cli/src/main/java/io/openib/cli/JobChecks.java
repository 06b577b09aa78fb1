package io.openib.cli;

import io.openib.btl.BtlFramework;
import io.openib.mca.McaParameters;
import io.openib.runtime.RuntimeParameters;
import java.util.List;

/** What can be known to be wrong with a job before a rank of it is started. */
final class JobChecks {
    private JobChecks() {}

    /**
     * Finds the transports and resolves all parameters as each rank will.
     *
     * @param mca name, value, name, value ...
     * @throws io.openib.mca.McaException with everything that is wrong
     */
    static BtlFramework load(List<String> mca) {
        McaParameters.Builder sources = McaParameters.fromProcess().declare(new RuntimeParameters());
        for (int i = 0; i < mca.size(); i += 2) {
            sources.commandLine(mca.get(i), mca.get(i + 1));
        }
        return BtlFramework.load(sources);
    }
}
