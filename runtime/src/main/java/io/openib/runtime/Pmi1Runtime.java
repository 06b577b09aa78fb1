package io.openib.runtime;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The runtime of a process whose launcher speaks PMI-1: hydra, srun with {@code --mpi=pmi2}, and our own. */
final class Pmi1Runtime extends LaunchedRuntime {

    private static final Logger LOG = LoggerFactory.getLogger(Pmi1Runtime.class);
    private static final long MAX_FAREWELL_MS = 5_000;

    /** Whose places this process has taken so far. */
    private static final Set<String> JOINED = ConcurrentHashMap.newKeySet();

    private final Pmi1Connection connection;
    private final Pmi1Identity identity;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private Pmi1Runtime(
            Pmi1Connection connection,
            Pmi1Identity identity,
            Notices notices,
            byte @Nullable [] secret,
            long timeoutMs) {
        super(notices, secret, timeoutMs);
        this.connection = connection;
        this.identity = identity;
    }

    /** Joins the job, which a process can do once. */
    static Pmi1Runtime open(Pmi1Address address, byte @Nullable [] secret, long timeoutMs) {
        try {
            Pmi1Runtime joined = join(address, secret, timeoutMs);
            JOINED.add(address.member());
            return joined;
        } catch (OpenibRuntimeException e) {
            if (!JOINED.contains(address.member())) {
                throw e;
            }
            throw new OpenibRuntimeException(
                    RuntimeFailure.REFUSED, Arguments.JOINED_ONCE + " (" + e.getMessage() + ")", e);
        }
    }

    private static Pmi1Runtime join(Pmi1Address address, byte @Nullable [] secret, long timeoutMs) {
        Deadline deadline = Deadline.after(timeoutMs);
        Notices notices = new Notices();
        Pmi1Connection connection = Pmi1Connection.open(address, deadline, listener(notices));
        try {
            Pmi1Identity identity = new Pmi1Handshake(connection, address, deadline).run();
            Pmi1Runtime joined = new Pmi1Runtime(connection, identity, notices, secret, timeoutMs);
            if (address.isInherited()) { // nobody else is at the other end
                joined.agreeOnSecret();
            }
            return joined;
        } catch (RuntimeException | Error e) {
            connection.close();
            notices.close();
            throw e;
        }
    }

    private static Pmi1Connection.Listener listener(Notices notices) {
        return new Pmi1Connection.Listener() {
            @Override
            public void onNotice(PmiLine line) {
                try {
                    notices.died(DeathNotice.fromLine(line));
                } catch (PmiFormatException e) {
                    LOG.warn("The launcher sent {}: {}", e.getMessage(), line);
                }
            }

            @Override
            public void onLost(OpenibRuntimeException reason) {
                notices.launcherLost(reason);
            }
        };
    }

    @Override
    public int rank() {
        return identity.rank();
    }

    @Override
    public int size() {
        return identity.size();
    }

    @Override
    String jobName() {
        return identity.kvsName();
    }

    @Override
    public String launcher() {
        return connection.name();
    }

    @Override
    public Locality locality() {
        return identity.locality();
    }

    @Override
    OpenibRuntimeException failure(RuntimeFailure kind, String what, String remedy) {
        return connection.failure(kind, what, remedy);
    }

    /** The head goes last: whoever finds it finds the rest. */
    @Override
    public void put(String key, byte[] value) {
        reserve(key, value);
        List<String> chunks = ValueChunks.encode(value, identity.chunkLength());
        for (int i = chunks.size() - 1; i >= 0; i--) {
            String wireKey = Keys.onWire(rank(), key, i);
            if (wireKey.length() > identity.maxKeyLength()) {
                throw connection.failure(
                        RuntimeFailure.REFUSED,
                        "key '" + key + "' is too long: keys of up to " + identity.maxKeyLength()
                                + " characters are taken by",
                        "use a shorter one");
            }
            PmiLine request = keyed("put", wireKey).with("value", chunks.get(i));
            PmiLine reply = connection.request(request, "put_result", timeoutMs());
            if (!reply.isSuccess()) {
                throw connection.failure(
                        RuntimeFailure.REFUSED,
                        "put of '" + key + "' was refused (" + reply.reason() + ") by",
                        "a launcher keeps only so much");
            }
        }
    }

    @Override
    public Optional<byte[]> get(int rank, String key) {
        Arguments.checkRank(rank, size());
        Keys.checked(key);
        String head = getChunk(rank, key, 0);
        if (head == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(ValueChunks.decode(head, i -> getChunk(rank, key, i)));
        } catch (PmiFormatException e) {
            throw connection.failure(
                    RuntimeFailure.PROTOCOL,
                    "the value of '" + key + "' arrived damaged (" + e.getMessage() + ") from",
                    "get it after a fence, and see that no other program puts keys of that name");
        }
    }

    private @Nullable String getChunk(int rank, String key, int chunk) {
        PmiLine request = keyed("get", Keys.onWire(rank, key, chunk));
        PmiLine reply = connection.request(request, "get_result", timeoutMs());
        boolean isThere =
                reply.isSuccess() && !reply.optional("found").orElse("TRUE").equalsIgnoreCase("FALSE");
        return isThere ? reply.value("value") : null;
    }

    private PmiLine keyed(String command, String wireKey) {
        return PmiLine.of(command).with("kvsname", identity.kvsName()).with("key", wireKey);
    }

    @Override
    public void fence(long timeoutMs) {
        Arguments.checkTimeout(timeoutMs);
        PmiLine reply = connection.request(PmiLine.of("barrier_in"), Pmi1Connection.BARRIER_OUT, timeoutMs);
        if (!reply.isSuccess()) {
            throw fenceFailed(reply);
        }
    }

    private OpenibRuntimeException fenceFailed(PmiLine reply) {
        if (isClosed.get()) { // the rank that has left is this one
            return connection.failure(RuntimeFailure.CLOSED, "this runtime was closed; it has left the", "");
        }
        int peer = reply.number("openib_rank").orElse(-1);
        if (peer < 0) {
            return connection.failure(
                    RuntimeFailure.REFUSED,
                    "the fence failed (" + reply.reason() + ") at",
                    "see the launcher's output");
        }
        Optional<PeerDeath> death = notices().deathOf(peer);
        RuntimeFailure kind = death.isPresent() ? RuntimeFailure.PEER_DIED : RuntimeFailure.PEER_LEFT;
        String what = death.map(PeerDeath::sentence).orElse("rank " + peer + " has left the job");
        return new OpenibRuntimeException(
                kind,
                "the fence cannot end because " + what + ", says launcher " + connection.name()
                        + ": look at that rank's output",
                peer);
    }

    @Override
    public void abort(int status, String message) {
        PmiLine request = PmiLine.of("abort").with("exitcode", Arguments.checkStatus(status));
        String word = message.replaceAll("[^!-~]+", "_");
        if (!word.isEmpty()) {
            request.with("message", word.substring(0, Math.min(word.length(), 512)));
        }
        connection.send(request);
    }

    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            connection.close(PmiLine.of("finalize"), "finalize_ack", Math.min(timeoutMs(), MAX_FAREWELL_MS));
            notices().close();
        }
    }
}
