package io.openib.runtime;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** The 32 random bytes that every rank of a job shares. They travel in the environment, never in argv. */
final class JobSecret {
    static final int LENGTH_BYTES = 32;

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

    static byte[] random() {
        byte[] secret = new byte[LENGTH_BYTES];
        new SecureRandom().nextBytes(secret);
        return secret;
    }
}
