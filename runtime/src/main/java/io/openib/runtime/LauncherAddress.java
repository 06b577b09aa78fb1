package io.openib.runtime;

import io.openib.mca.McaParameters;
import org.jspecify.annotations.Nullable;

/** What the environment says about the launcher that started this process. */
sealed interface LauncherAddress permits Pmi1Address, PmixAddress {

    /** The client and where its launcher is, for people. */
    String name();

    /**
     * Joins the job.
     *
     * @param secret the job's, if the environment has one
     * @throws OpenibRuntimeException if the launcher cannot be talked to
     */
    JobRuntime join(byte @Nullable [] secret, McaParameters parameters);
}
