package io.openib.wireup.rdmacm;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 over the job's id and some content, keyed with the job's secret. */
final class JobSeal implements PrivateData.Seal {
    private static final String ALGORITHM = "HmacSHA256";
    private static final byte[] NO_SECRET = new byte[32];

    private final SecretKeySpec key;
    private final byte[] jobId;

    /** Without a secret it tells jobs apart, but keeps nobody out: listen on loopback only, then. */
    JobSeal(Optional<byte[]> secret, String jobId) {
        key = new SecretKeySpec(secret.filter(bytes -> bytes.length > 0).orElse(NO_SECRET), ALGORITHM);
        byte[] text = jobId.getBytes(StandardCharsets.UTF_8);
        this.jobId = ByteBuffer.allocate(Integer.BYTES + text.length)
                .putInt(text.length)
                .put(text)
                .array();
    }

    @Override
    public byte[] of(byte[] content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(jobId);
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has " + ALGORITHM, e);
        }
    }
}
