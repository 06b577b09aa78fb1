package io.openib.wireup;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 under a job's secret: by what a wireup knows messages of its own job. Safe for every thread. */
public final class JobKey {
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    private JobKey(SecretKeySpec key) {
        this.key = key;
    }

    /**
     * A key that works.
     *
     * @param secret at least a byte
     * @throws IllegalStateException if this process can authenticate nothing, with the reason: rather now than in the midst of an attempt
     */
    public static JobKey of(byte[] secret) {
        JobKey made = new JobKey(new SecretKeySpec(secret, ALGORITHM));
        made.mac(secret, 0);
        return made;
    }

    /** The 32 bytes that authenticate the first {@code length} of these. */
    public byte[] mac(byte[] bytes, int length) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(bytes, 0, length);
            return mac.doFinal();
        } catch (GeneralSecurityException | LinkageError e) {
            // Java reads files for it the first time, for which a process may have no descriptors left, and never tries
            // again.
            throw new IllegalStateException(
                    "messages cannot be authenticated without " + ALGORITHM + ": " + root(e), e);
        }
    }

    private static Throwable root(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? e : root(cause);
    }
}
