package io.openib.runtime;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A job of one process that no launcher started. */
final class SingletonRuntime implements JobRuntime {

    private static final Logger LOG = LoggerFactory.getLogger(SingletonRuntime.class);

    private final ConcurrentMap<String, byte[]> values = new ConcurrentHashMap<>();
    private final String jobId = "singleton_" + ProcessHandle.current().pid() + "_" + randomWord();
    private final String hostName = HostName.local();
    private final byte @Nullable [] secret;
    private volatile boolean isClosed;

    SingletonRuntime(byte @Nullable [] secret) {
        this.secret = secret;
    }

    static String randomWord() {
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public String jobId() {
        return jobId;
    }

    @Override
    public String hostName() {
        return hostName;
    }

    @Override
    public String launcher() {
        return "singleton";
    }

    @Override
    public Locality locality() {
        return Locality.everyRankHere(0, 1);
    }

    @Override
    public Optional<byte[]> jobSecret() {
        return Optional.ofNullable(secret).map(byte[]::clone);
    }

    @Override
    public void put(String key, byte[] value) {
        Keys.checked(key);
        Arguments.checkValueSize(key, value);
        checkOpen();
        if (values.putIfAbsent(key, value.clone()) != null) {
            throw new OpenibRuntimeException(
                    RuntimeFailure.REFUSED,
                    "put of '" + key + "' again (launcher singleton, rank 0 of 1): a rank can put a key once");
        }
    }

    @Override
    public Optional<byte[]> get(int rank, String key) {
        Arguments.checkRank(rank, size());
        Keys.checked(key);
        checkOpen();
        return Optional.ofNullable(values.get(key)).map(byte[]::clone);
    }

    @Override
    public void fence(long timeoutMs) {
        Arguments.checkTimeout(timeoutMs);
        checkOpen();
    }

    @Override
    public void onPeerDied(Consumer<PeerDeath> handler) {
        // There is no peer, hence never a call.
    }

    @Override
    public void onLauncherLost(Consumer<OpenibRuntimeException> handler) {
        // There is no launcher to lose, hence never a call.
    }

    /** There is no launcher that could end the job: the request is logged, and the caller ends itself. */
    @Override
    public void abort(int status, String message) {
        LOG.error("Abort with status {}: {}", Arguments.checkStatus(status), message);
    }

    @Override
    public void close() {
        isClosed = true;
    }

    private void checkOpen() {
        if (isClosed) {
            throw new OpenibRuntimeException(
                    RuntimeFailure.CLOSED, "this runtime was closed (launcher singleton, rank 0 of 1)");
        }
    }

    @Override
    public String toString() {
        return launcher();
    }
}
