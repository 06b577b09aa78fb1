package io.openib.runtime;

import java.net.InetAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How a {@link Pmi1Server} shall serve. Used by one thread; the server copies it. */
public final class Pmi1ServerOptions {

    private static final int MAX_RANKS = 1 << 16;

    private final int size;
    private Pmi1Listener listener = new Pmi1Listener() {};
    private boolean isTokenRequired = true;
    private byte @Nullable [] secret;
    private InetAddress address = InetAddress.getLoopbackAddress();
    private int[] nodeOfRank;
    private long helloTimeoutMs = 10_000;
    private long lossGraceMs = 500;

    private Pmi1ServerOptions(int size) {
        if (size < 1 || size > MAX_RANKS) {
            throw new IllegalArgumentException("a job of " + size + " ranks: choose 1 to " + MAX_RANKS);
        }
        this.size = size;
        this.nodeOfRank = new int[size];
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
     * The address of this machine at which ranks find the server, instead of loopback, so that ranks of other machines
     * can join. Whoever carries {@link Pmi1Server#environment} there must keep it from others' eyes, and the network has
     * to be one whose hosts are trusted: the job's token crosses it in the clear, as other launchers' PMI-1 does. The
     * job's secret does not.
     */
    public Pmi1ServerOptions listenAt(InetAddress value) {
        if (value.isAnyLocalAddress() || value.isMulticastAddress()) {
            throw new IllegalArgumentException(value.getHostAddress()
                    + " leads to no machine: give an address of this one that the ranks can reach");
        }
        address = value;
        return this;
    }

    /** The node that each rank will run on, any number from 0 on that is the node's own, instead of one node for all. */
    public Pmi1ServerOptions nodeOfRank(int... value) {
        if (value.length != size || Arrays.stream(value).anyMatch(node -> node < 0)) {
            throw new IllegalArgumentException("the nodes of " + size + " ranks cannot be " + Arrays.toString(value)
                    + ": give one from 0 on for each");
        }
        nodeOfRank = value.clone();
        return this;
    }

    /**
     * Admits PMI-1 clients other than ours, such as an MPICH program, which do not know our token. Then every local
     * user who finds the port can take the place of a rank, so that it goes with loopback alone.
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

    InetAddress address() {
        return address;
    }

    int[] nodeOfRank() {
        return nodeOfRank.clone();
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
