package io.openib.runtime;

import org.jspecify.annotations.Nullable;

/** How a {@link Pmi1Server} shall serve. Used by one thread; the server copies it. */
public final class Pmi1ServerOptions {

    private static final int MAX_RANKS = 1 << 16;

    private final int size;
    private Pmi1Listener listener = new Pmi1Listener() {};
    private boolean isTokenRequired = true;
    private byte @Nullable [] secret;
    private long helloTimeoutMs = 10_000;
    private long lossGraceMs = 500;

    private Pmi1ServerOptions(int size) {
        if (size < 1 || size > MAX_RANKS) {
            throw new IllegalArgumentException("a job of " + size + " ranks: choose 1 to " + MAX_RANKS);
        }
        this.size = size;
    }

    /** Options for a job of so many ranks. */
    public static Pmi1ServerOptions ofSize(int size) {
        return new Pmi1ServerOptions(size);
    }

    /** Who is told of joins, ends and aborts. */
    public Pmi1ServerOptions listener(Pmi1Listener value) {
        listener = value;
        return this;
    }

    /**
     * Admits PMI-1 clients other than ours, such as an MPICH program, which do not know our token. Then every local
     * user who finds the port can take the place of a rank.
     */
    public Pmi1ServerOptions admitForeignClients() {
        isTokenRequired = false;
        return this;
    }

    /** The job's secret instead of 32 random bytes. */
    public Pmi1ServerOptions secret(byte[] value) {
        if (value.length != JobSecret.LENGTH_BYTES) {
            throw new IllegalArgumentException(
                    "a secret has " + JobSecret.LENGTH_BYTES + " bytes, not " + value.length);
        }
        secret = value.clone();
        return this;
    }

    /** How long a connection may take to say who it is before it is dropped. */
    public Pmi1ServerOptions helloTimeoutMs(long value) {
        Arguments.checkTimeout(value);
        helloTimeoutMs = value;
        return this;
    }

    /**
     * How long after a rank's connection ended the server waits for {@link Pmi1Server#rankDied} to tell how it died,
     * before it tells the others itself that the rank is gone.
     */
    public Pmi1ServerOptions lossGraceMs(long value) {
        Arguments.checkTimeout(value);
        lossGraceMs = value;
        return this;
    }

    int size() {
        return size;
    }

    Pmi1Listener listener() {
        return listener;
    }

    boolean isTokenRequired() {
        return isTokenRequired;
    }

    byte[] secretOrRandom() {
        return secret == null ? JobSecret.random() : secret.clone();
    }

    long helloTimeoutMs() {
        return helloTimeoutMs;
    }

    long lossGraceMs() {
        return lossGraceMs;
    }
}
