package io.openib.wireup.rdmacm;

import io.openib.wireup.JobKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** HMAC-SHA256 over the job's id and some content, keyed with the job's secret. */
final class JobSeal implements PrivateData.Seal {
    private static final byte[] NO_SECRET = new byte[32];

    private final JobKey key;
    private final byte[] jobId;

    /** Without a secret it tells jobs apart, but keeps nobody out: listen on loopback only, then. */
    JobSeal(Optional<byte[]> secret, String jobId) {
        key = JobKey.of(secret.filter(bytes -> bytes.length > 0).orElse(NO_SECRET));
        byte[] text = jobId.getBytes(StandardCharsets.UTF_8);
        this.jobId = ByteBuffer.allocate(Integer.BYTES + text.length)
                .putInt(text.length)
                .put(text)
                .array();
    }

    @Override
    public byte[] of(byte[] content) {
        byte[] sealed = ByteBuffer.allocate(jobId.length + content.length)
                .put(jobId)
                .put(content)
                .array();
        return key.mac(sealed, sealed.length);
    }
}
