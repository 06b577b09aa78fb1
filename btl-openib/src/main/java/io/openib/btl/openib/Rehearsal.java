package io.openib.btl.openib;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.Idle;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupSelection;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process does for the first time takes it a hundred times as long: classes are loaded and linked, call sites bound,
 * ciphers looked up. So that no peer waits for that, a transport that opens first plays a job of {@value #RANKS} ranks within
 * this process, with small queues: they connect by each wireup that was selected, once one side and once both at a time, talk,
 * and leave. Nobody else sees anything of it: it has parameters, counters, a name and a secret of its own.
 *
 * <p>Only providers and wireups that call themselves rehearsable take part, and each set of them once in a process. It is
 * bounded in time, and whatever goes wrong in it is of no consequence.
 */
final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    private static final Set<String> DONE = ConcurrentHashMap.newKeySet();
    private static final int RANKS = 3;
    private static final int QUESTION = 1;
    private static final int ANSWER = 2;
    private static final int MESSAGE_BYTES = 64;
    private static final long TIMEOUT_MS = 5_000;

    private final List<Parameter<?>> declared;
    private final List<VerbsProvider> providers;
    private final List<WireupComponent> wireups;
    private final List<OpenibBtl> ranks = new ArrayList<>();
    private final ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    private int answers;

    /**
     * @param declared all parameters
     * @param parameters the job's
     * @param providers found
     * @param wireups found
     */
    Rehearsal(
            List<Parameter<?>> declared,
            McaParameters parameters,
            List<VerbsProvider> providers,
            List<WireupComponent> wireups) {
        this.declared = declared;
        this.providers = VerbsParameters.select(providers, parameters).stream()
                .filter(provider -> isWilling(provider::isRehearsable))
                .toList();
        this.wireups = WireupSelection.select(wireups, parameters).stream()
                .filter(wireup -> isWilling(wireup::isRehearsable))
                .toList();
    }

    /** Others may have written it: what throws instead of an answer takes no part. */
    private static boolean isWilling(BooleanSupplier isRehearsable) {
        try {
            return isRehearsable.getAsBoolean();
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("Somebody does not say whether it may be rehearsed", e);
            return false;
        }
    }

    /** Does it, unless it was done before. */
    void run() {
        for (WireupComponent wireup : wireups) {
            if (!providers.isEmpty() && DONE.add(wireup.name())) {
                run(wireup);
            }
        }
    }

    private void run(WireupComponent wireup) {
        long startNs = System.nanoTime();
        answers = 0;
        try {
            open(wireup);
            play(startNs);
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("The rehearsal of {} is given up", wireup.name(), e);
        } finally {
            ranks.forEach(answers < RANKS ? OpenibBtl::abandon : OpenibBtl::close);
            ranks.clear();
        }
        LOG.debug("The rehearsal of {} took {} ms", wireup.name(), (System.nanoTime() - startNs) / 1_000_000);
    }

    private void open(WireupComponent wireup) {
        McaParameters small = McaParameters.of(values(wireup), declared);
        RehearsalJob job = new RehearsalJob(RANKS);
        for (int rank = 0; rank < RANKS; rank++) {
            OpenibBtl btl = OpenibComponent.open(job.rank(rank), small, providers, List.of(wireup));
            ranks.add(btl);
            btl.onError(error -> LOG.debug("Rehearsal: {}", error.reason()));
            btl.registerReceive(QUESTION, (peer, tag, data, offset, length) -> answer(btl, peer));
            btl.registerReceive(ANSWER, (peer, tag, data, offset, length) -> answers++);
        }
    }

    /** Not the user's: a port that is to be listened on, or the memory of long queues, is wanted in earnest. */
    private static Map<String, String> values(WireupComponent wireup) {
        Map<String, String> values = new HashMap<>();
        values.put(WireupParameters.CPC.name(), wireup.name());
        values.put(OpenibParameters.RECEIVE_QUEUES.name(), "P,128,8,6,4:S,256,8,6,4,4,2");
        values.put(OpenibParameters.MAX_SEND_SIZE.name(), "256");
        values.put(OpenibParameters.KEEPALIVE.name(), "0");
        values.put(OpenibParameters.DRAIN_TIMEOUT_MS.name(), "200");
        values.put(OpenibParameters.CLOSE_TIMEOUT_MS.name(), "2000");
        return values;
    }

    /** Rank 0 begins with rank 1; ranks 1 and 2 both do. */
    private void play(long startNs) {
        send(0, 1);
        send(1, 2);
        send(2, 1);
        Idle idle = Idle.backOff();
        while (answers < RANKS && System.nanoTime() - startNs < TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS)) {
            int work = 0;
            for (OpenibBtl btl : ranks) {
                work += btl.progress();
            }
            idle.idle(work);
        }
    }

    private void send(int from, int to) {
        ranks.get(from).send(to, QUESTION, message, 0, MESSAGE_BYTES, null, 0);
    }

    private void answer(Btl btl, int peer) {
        if (btl.send(peer, ANSWER, message, 0, MESSAGE_BYTES, null, 0) != BtlStatus.OK) {
            LOG.debug("Rehearsal: no answer could be sent");
        }
    }
}
