package io.openib.runtime;

/** The values of {@code runtime_launcher}. */
public enum LauncherChoice {
    /** What the environment tells. */
    AUTO,
    /** PMI-1 at {@code PMI_PORT} or {@code PMI_FD}, or stop. */
    PMI1,
    /** PMIx, by the installed libpmix, or stop. */
    PMIX,
    /** A job of one, whatever the environment tells. */
    SINGLETON
}
