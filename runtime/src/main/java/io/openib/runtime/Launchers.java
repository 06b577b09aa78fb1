package io.openib.runtime;

import java.util.Map;
import java.util.Optional;

/**
 * Finds out which launcher started this process, and joins its job.
 *
 * <p>{@code PMI_PORT} leads to the client {@code pmi1}; no trace of a launcher leads to a job of one. Traces of a
 * launcher that this version cannot talk to stop the process: it must not become a silent job of one.
 */
public final class Launchers {

    private Launchers() {}

    /**
     * Joins the job that the environment names. Blocks until the launcher has answered, at most {@code timeoutMs}.
     *
     * @param environment usually {@code System.getenv()}
     * @param timeoutMs the bound for joining, and later for each request to the launcher but a fence; above zero
     * @throws OpenibRuntimeException if there is a launcher and it cannot be talked to, or if what the environment says
     *     is malformed
     */
    public static JobRuntime open(Map<String, String> environment, long timeoutMs) {
        Arguments.checkTimeout(timeoutMs);
        Optional<Pmi1Address> address = LauncherTraces.of(environment);
        byte[] secret = JobSecret.of(environment).orElse(null);
        return address.isPresent()
                ? Pmi1Runtime.open(address.get(), secret, timeoutMs)
                : new SingletonRuntime(secret);
    }
}
