package io.openib.runtime;

import io.openib.mca.McaParameters;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out which launcher started this process, and joins its job.
 *
 * <p>{@code PMI_PORT} or {@code PMI_FD} leads to the client {@code pmi1}, {@code PMIX_NAMESPACE} with {@code PMIX_RANK} to the client
 * {@code pmix}; no trace of a launcher leads to a job of one. Traces of a launcher that this version cannot talk to stop the process: it
 * must not become a silent job of one. The parameter {@code runtime_launcher} overrules the traces.
 */
public final class Launchers {

    private Launchers() {}

    /**
     * Joins the job that the environment names. Blocks until the launcher has answered, at most {@code runtime_pmi_timeout_ms}; in a job of
     * several ranks without a secret in the environment, which under PMIx and {@code PMI_FD} makes one, until all ranks have come so
     * far, for some times that at most.
     *
     * @param environment usually {@code System.getenv()}
     * @param parameters with {@link RuntimeParameters} declared
     * @throws OpenibRuntimeException if there is a launcher and it cannot be talked to, or if what the environment says
     *     is malformed
     */
    public static JobRuntime open(Map<String, String> environment, McaParameters parameters) {
        byte[] secret = JobSecret.of(environment).orElse(null);
        Optional<LauncherAddress> address =
                LauncherTraces.of(environment, parameters.value(RuntimeParameters.LAUNCHER));
        return address.isPresent() ? address.get().join(secret, parameters) : new SingletonRuntime(secret);
    }

    /**
     * What {@link #open} would do, for people, without doing it: nothing is joined or connected to.
     *
     * @param environment usually {@code System.getenv()}
     * @param parameters with {@link RuntimeParameters} declared
     * @return the launcher and where it is, or that this process would run alone
     * @throws OpenibRuntimeException as {@link #open}
     */
    public static String find(Map<String, String> environment, McaParameters parameters) {
        JobSecret.of(environment);
        return LauncherTraces.of(environment, parameters.value(RuntimeParameters.LAUNCHER))
                .map(launcher -> launcher.name() + ", by the environment; it was not asked whether it answers")
                .orElse("no launcher started this process: alone it would be a job of one (./openib run starts more)");
    }
}
