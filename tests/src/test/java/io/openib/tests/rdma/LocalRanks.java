package io.openib.tests.rdma;

import io.openib.btl.Btl;
import io.openib.btl.BtlFramework;
import io.openib.btl.BtlStatus;
import io.openib.btl.Idle;
import io.openib.btl.WireupEvent;
import io.openib.mca.McaParameters;
import io.openib.runtime.Pmi1Server;
import io.openib.runtime.Pmi1ServerOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Two ranks of a job in this process, each with its own connection to the launcher, its own context of the device and its
 * own queue pairs. The test's thread owns and progresses both.
 */
final class LocalRanks implements AutoCloseable {
    static final int TAG = 7;

    private static final long LIMIT_S = Long.getLong("openib.tests.deadline_s", 50);

    private final Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(2));
    private final List<Btl> ranks = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final List<WireupEvent> connections = new ArrayList<>();
    private final ByteBuffer message = ByteBuffer.allocateDirect(64);
    private final long[] received = new long[2];

    LocalRanks(Map<String, String> parameters) throws Exception {
        Map<String, String> values = new TreeMap<>(parameters);
        values.put("verbs_provider", "jna");
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<Btl>> opening = new ArrayList<>();
            for (int rank = 0; rank < 2; rank++) {
                Map<String, String> environment = server.environment(rank);
                opening.add(threads.submit(
                        () -> BtlFramework.load(McaParameters.fromProcess().api(values))
                                .open(environment)));
            }
            for (Future<Btl> opened : opening) {
                adopt(opened.get(LIMIT_S, TimeUnit.SECONDS));
            }
        } catch (Exception e) {
            close();
            throw e;
        } finally {
            threads.shutdownNow();
        }
    }

    private void adopt(Btl btl) {
        btl.adopt();
        btl.onError(error -> errors.add(btl.rank() + ": " + error.reason()));
        btl.onWireup(event -> {
            if (event.isConnected()) {
                connections.add(event);
            }
        });
        btl.registerReceive(TAG, (peer, tag, data, offset, length) -> received[btl.rank()]++);
        ranks.add(btl);
    }

    Btl rank(int rank) {
        return ranks.get(rank);
    }

    /** What the ranks were told of their peers. */
    List<String> errors() {
        return errors;
    }

    /** The connections that came about, as each side told of it. */
    List<WireupEvent> connections() {
        return connections;
    }

    /** How many messages have come to a rank. */
    long received(int rank) {
        return received[rank];
    }

    /** Progresses both until something is so. */
    void until(String what, BooleanSupplier isSo) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
        Idle idle = Idle.backOff();
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("not within " + LIMIT_S + " s: " + what + "; received " + received[0] + " and "
                        + received[1] + ", errors " + errors);
            }
            int work = 0;
            for (Btl btl : ranks) {
                work += btl.progress();
            }
            idle.idle(work);
        }
    }

    /** Sends from each to the other, over and over, for as long as it is not so. */
    void loadUntil(String what, BooleanSupplier isSo) {
        until(what, () -> {
            for (int rank = 0; rank < ranks.size(); rank++) {
                load(rank);
            }
            return isSo.getAsBoolean();
        });
    }

    private int load(int rank) {
        return ranks.get(rank).send(1 - rank, TAG, message, 0, message.capacity(), null, 0);
    }

    /** Whether a rank cannot send any more. */
    boolean isRefused(int rank) {
        return load(rank) == BtlStatus.PEER_FAILED;
    }

    /** Sends each way until something has come, whatever came before. */
    void exchange() {
        long[] before = received.clone();
        loadUntil("an exchange", () -> received[0] > before[0] && received[1] > before[1]);
    }

    @Override
    public void close() {
        for (Btl btl : ranks) {
            btl.close();
        }
        server.close();
    }
}
