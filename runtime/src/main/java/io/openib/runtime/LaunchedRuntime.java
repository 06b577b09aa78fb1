package io.openib.runtime;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the runtimes of jobs that a launcher has started have in common, whatever it speaks. */
abstract class LaunchedRuntime implements JobRuntime {
    private final Notices notices;
    private final long timeoutMs;
    private final String hostName = HostName.local();
    private final Set<String> ownKeys = ConcurrentHashMap.newKeySet();
    private volatile byte @Nullable [] secret;

    LaunchedRuntime(Notices notices, byte @Nullable [] secret, long timeoutMs) {
        this.notices = notices;
        this.secret = secret;
        this.timeoutMs = timeoutMs;
    }

    /** The launcher's name for the job. */
    abstract String jobName();

    /** A failure whose sentence is: what, the launcher and who we are, then what to do. */
    abstract OpenibRuntimeException failure(RuntimeFailure kind, String what, String remedy);

    final Notices notices() {
        return notices;
    }

    /** How long the launcher may take for an answer. */
    final long timeoutMs() {
        return timeoutMs;
    }

    /**
     * Makes a secret together with all other ranks, if there are any and there is none. On one host, too: it may have other users, and
     * the address of a hardware port is not of that host alone. For launchers that let nobody but their ranks ask.
     */
    final void agreeOnSecret() {
        if (secret == null && size() > 1) {
            secret = JobSecret.agreed(this, 2 * timeoutMs);
        }
    }

    /** The first half of a put. */
    final void reserve(String key, byte[] value) {
        Keys.checked(key);
        Arguments.checkValueSize(key, value);
        if (!ownKeys.add(key)) {
            throw failure(RuntimeFailure.REFUSED, "put of '" + key + "' again, under", "a rank can put a key once");
        }
    }

    @Override
    public final String jobId() {
        return jobName().replaceAll("[^A-Za-z0-9_-]", "_");
    }

    @Override
    public final String hostName() {
        return hostName;
    }

    @Override
    public final Optional<byte[]> jobSecret() {
        return Optional.ofNullable(secret).map(byte[]::clone);
    }

    @Override
    public final void onPeerDied(Consumer<PeerDeath> handler) {
        notices.onPeerDied(handler);
    }

    @Override
    public final void onLauncherLost(Consumer<OpenibRuntimeException> handler) {
        notices.onLauncherLost(handler);
    }

    @Override
    public final String toString() {
        return launcher();
    }
}
