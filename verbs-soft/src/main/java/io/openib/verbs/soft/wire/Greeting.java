package io.openib.verbs.soft.wire;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How two processes find out that they are of one job and are who they mean, in three messages of fixed size, big-endian:
 *
 * <pre>
 * hello   dialler:  magic 64, version 32, link 32, arena that is meant 64, own arena 64, nonce 128   48 bytes
 * answer  listener: nonce 128, HMAC-SHA256 of "answer", hello, nonce 256                             48 bytes
 * proof   dialler:  HMAC-SHA256 of "proof", hello, nonce                                             32 bytes
 * </pre>
 *
 * <p>Of the links that a process has to another each has a number, so that the other knows which connection replaces which.
 */
final class Greeting {
    static final int HELLO_BYTES = 48;
    static final int ANSWER_BYTES = 48;
    static final int PROOF_BYTES = 32;
    private static final long MAGIC = 0x4f70656e49625765L;
    private static final int VERSION = 2;
    private static final int NONCE_BYTES = 16;
    private static final String ALGORITHM = "HmacSHA256";

    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKeySpec key;
    private byte[] hello = new byte[0];
    private byte[] nonce = new byte[0];

    /**
     * One connection's greeting.
     *
     * @param secret the job's; empty when there is none
     */
    Greeting(byte[] secret) {
        byte[] raw = secret.length == 0 ? "openib soft wire".getBytes(java.nio.charset.StandardCharsets.UTF_8) : secret;
        key = new SecretKeySpec(raw, ALGORITHM);
    }

    private static byte[] newNonce() {
        byte[] fresh = new byte[NONCE_BYTES];
        RANDOM.nextBytes(fresh);
        return fresh;
    }

    byte[] hello(long meant, long own, int link) {
        hello = ByteBuffer.allocate(HELLO_BYTES)
                .putLong(MAGIC)
                .putInt(VERSION)
                .putInt(link)
                .putLong(meant)
                .putLong(own)
                .put(newNonce())
                .array();
        return hello;
    }

    /** Takes a hello; says whether it is one for this arena. */
    boolean isFor(byte[] message, long own) {
        hello = message;
        ByteBuffer fields = ByteBuffer.wrap(message);
        return fields.getLong(0) == MAGIC && fields.getInt(8) == VERSION && fields.getLong(16) == own;
    }

    /** Who says that it dials; to be believed once {@link #isProof}. */
    long dialler() {
        return ByteBuffer.wrap(hello).getLong(24);
    }

    /** Which of its links; to be believed once {@link #isProof}. */
    int link() {
        return ByteBuffer.wrap(hello).getInt(12);
    }

    /** The number of the first frame that the dialler sends: a stranger who did not read the greeting cannot know it. */
    int firstAsking() {
        return ByteBuffer.wrap(mac("asking")).getInt();
    }

    /** The number of the first frame that the listener sends. */
    int firstAnswering() {
        return ByteBuffer.wrap(mac("answering")).getInt();
    }

    byte[] answer() {
        nonce = newNonce();
        return ByteBuffer.allocate(ANSWER_BYTES).put(nonce).put(mac("answer")).array();
    }

    boolean isAnswer(byte[] message) {
        nonce = Arrays.copyOf(message, NONCE_BYTES);
        return MessageDigest.isEqual(Arrays.copyOfRange(message, NONCE_BYTES, ANSWER_BYTES), mac("answer"));
    }

    byte[] proof() {
        return mac("proof");
    }

    boolean isProof(byte[] message) {
        return MessageDigest.isEqual(message, mac("proof"));
    }

    private byte[] mac(String what) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(what.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            mac.update(hello);
            mac.update(nonce);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
