package io.openib.runtime;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PMI-1.1 server for the ranks that a launcher starts.
 *
 * <p>It listens on the loopback address, or where {@link Pmi1ServerOptions#listenAt} says, on a port of the system's choosing, and admits those alone who carry the
 * job's token from the {@link #environment} of a rank, once per rank. Bytes that are no PMI-1 cost a connection and
 * nothing else. One thread, {@code openib-pmi1-server}, serves all. Beyond PMI-1 it tells our own clients which ranks
 * died, and fails a barrier that a dead rank would have had to enter.
 *
 * <p>Its methods may be called from any thread.
 */
public final class Pmi1Server implements AutoCloseable {

    /** The name of the serving thread. */
    static final String THREAD_NAME = "openib-pmi1-server";

    private static final Logger LOG = LoggerFactory.getLogger(Pmi1Server.class);
    private static final int BACKLOG = 1_024;
    private static final long JOIN_MS = 2_000;

    private final int size;
    private final String jobId = "openib_" + ProcessHandle.current().pid() + "_" + SingletonRuntime.randomWord();
    private final String token = HexFormat.of().formatHex(JobSecret.random());
    private final String secret;
    private final String address;
    private final Pmi1Job job;
    private final Pmi1Loop loop;
    private final Thread thread;

    private Pmi1Server(Pmi1ServerOptions options, ServerSocketChannel listener) throws IOException {
        this.size = options.size();
        this.secret = HexFormat.of().formatHex(options.secretOrRandom());
        InetSocketAddress local = (InetSocketAddress) listener.getLocalAddress();
        this.address = local.getAddress().getHostAddress() + ":" + local.getPort();
        this.job = new Pmi1Job(options, jobId, token);
        this.loop = new Pmi1Loop(listener, job, options);
        this.thread = new Thread(loop, THREAD_NAME);
        thread.setDaemon(true);
    }

    /**
     * Opens the port and begins to serve.
     *
     * @throws OpenibRuntimeException if no port can be opened at the address, or if it is not loopback and clients shall
     *     be admitted that carry no token
     */
    public static Pmi1Server open(Pmi1ServerOptions options) {
        checkReach(options);
        ServerSocketChannel listener = null;
        try {
            listener = ServerSocketChannel.open();
            listener.bind(new InetSocketAddress(options.address(), 0), BACKLOG);
            Pmi1Server server = new Pmi1Server(options, listener);
            server.thread.start();
            return server;
        } catch (IOException e) {
            if (listener != null) {
                closeQuietly(listener);
            }
            throw new OpenibRuntimeException(
                    RuntimeFailure.UNREACHABLE,
                    "the launcher cannot listen for its ranks at "
                            + options.address().getHostAddress() + " (" + e.getMessage()
                            + "): see that it is an address of this machine, up, and that ports and descriptors are left",
                    e);
        }
    }

    private static void checkReach(Pmi1ServerOptions options) {
        if (!options.isTokenRequired() && !options.address().isLoopbackAddress()) {
            throw new OpenibRuntimeException(
                    RuntimeFailure.REFUSED,
                    "the launcher does not listen at " + options.address().getHostAddress()
                            + " for clients that carry no token: anybody there could take the place of a rank; use loopback,"
                            + " or admit our own clients only");
        }
    }

    /** The job's name, as {@link JobRuntime#jobId} gives it in each rank. */
    public String jobId() {
        return jobId;
    }

    /** Host and port, as {@code PMI_PORT} gives them. */
    public String address() {
        return address;
    }

    /**
     * The variables by which a child process becomes this rank; they hold secrets, so that they must not go into argv
     * or a log.
     */
    public Map<String, String> environment(int rank) {
        Objects.checkIndex(rank, size);
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put(LauncherTraces.PMI_PORT, address);
        environment.put(LauncherTraces.PMI_ID, Integer.toString(rank));
        environment.put(LauncherTraces.PMI_RANK, Integer.toString(rank));
        environment.put(LauncherTraces.PMI_SIZE, Integer.toString(size));
        environment.put(JobEnvironment.TOKEN, address + "/" + token);
        environment.put(JobEnvironment.SECRET, secret);
        return environment;
    }

    /** Makes a child's environment that of this rank: other launchers' variables out, {@link #environment} in. */
    public void applyEnvironment(int rank, Map<String, String> environment) {
        environment.keySet().removeIf(LauncherTraces::isTrace);
        environment.putAll(environment(rank));
    }

    /** How far a rank has come. */
    public RankStage stage(int rank) {
        return job.stage(Objects.checkIndex(rank, size));
    }

    /**
     * Tells the other ranks that one has died, now and when they join; each fence that it would have had to enter fails
     * from now on. To be called as well for a rank that ended well without joining, when the others wait for it. Only
     * the first report about a rank counts.
     */
    public void rankDied(PeerDeath death) {
        Objects.checkIndex(death.rank(), size);
        loop.execute(() -> job.members().die(death));
    }

    /** Stops serving and closes every connection; waits at most 2 s for a listener that is running. Idempotent. */
    @Override
    public void close() {
        loop.stop();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(JOIN_MS);
            if (thread.isAlive()) {
                LOG.warn("The PMI-1 server is still busy with its launcher's listener");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(ServerSocketChannel listener) {
        try {
            listener.close();
        } catch (IOException e) {
            // Nothing is left to release.
        }
    }
}
