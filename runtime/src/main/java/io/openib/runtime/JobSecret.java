package io.openib.runtime;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** The 32 random bytes that every rank of a job shares. They travel in the environment or by the launcher, never in argv. */
final class JobSecret {
    static final int LENGTH_BYTES = 32;

    private static final String KEY = "job-secret";

    private JobSecret() {}

    /** The secret of an environment; the error for a malformed one does not repeat it. */
    static Optional<byte[]> of(Map<String, String> environment) {
        String hex = environment.get(JobEnvironment.SECRET);
        if (hex == null) {
            return Optional.empty();
        }
        if (hex.length() != 2 * LENGTH_BYTES || !hex.chars().allMatch(HexFormat::isHexDigit)) {
            throw new OpenibRuntimeException(
                    RuntimeFailure.BAD_ENVIRONMENT,
                    JobEnvironment.SECRET + " is not " + 2 * LENGTH_BYTES + " hexadecimal digits (it has "
                            + hex.length()
                            + " characters): the launcher sets it, so start with ./openib run or unset it");
        }
        return Optional.of(HexFormat.of().parseHex(hex));
    }

    /**
     * A secret that rank 0 makes and the launcher carries to the others, all of which come here. For launchers that let nobody but
     * the ranks ask for what was put; between hosts it is as safe as the launcher's own connections.
     *
     * @param timeoutMs how long to wait for the last rank to come
     */
    static byte[] agreed(JobRuntime runtime, long timeoutMs) {
        if (runtime.rank() == 0) {
            runtime.put(KEY, random());
        }
        runtime.fence(timeoutMs);
        return runtime.get(0, KEY)
                .filter(secret -> secret.length == LENGTH_BYTES)
                .orElseThrow(() -> new OpenibRuntimeException(
                        RuntimeFailure.PROTOCOL,
                        "rank 0 has put no secret for the job under launcher " + runtime.launcher() + ": set "
                                + JobEnvironment.SECRET + " for all ranks or for none"));
    }

    static byte[] random() {
        byte[] secret = new byte[LENGTH_BYTES];
        new SecureRandom().nextBytes(secret);
        return secret;
    }
}
