package io.openib.runtime;

import java.util.HexFormat;

/** What our own launcher sets for the ranks that it starts, by the names of the environment variables. Thread-safe. */
public final class JobEnvironment {
    /** Set by our launcher alone: where its server is, a slash, and what that wants to see; each job has another one. */
    public static final String TOKEN = "OPENIB_PMI_TOKEN";

    /** The job's secret, 32 bytes in hexadecimal digits. */
    public static final String SECRET = "OPENIB_JOB_SECRET";

    /** The rank; other launchers set it as well. */
    public static final String RANK = "PMI_RANK";

    private JobEnvironment() {}

    /** A new random value for {@link #SECRET}. */
    public static String newSecret() {
        return HexFormat.of().formatHex(JobSecret.random());
    }
}
