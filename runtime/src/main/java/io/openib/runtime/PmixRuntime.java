package io.openib.runtime;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The runtime of a process whose launcher speaks PMIx: {@code mpirun}, {@code prterun}, {@code srun --mpi=pmix}. As a rule such a launcher
 * ends the whole job when a rank dies; there are no notices of deaths.
 */
final class PmixRuntime extends LaunchedRuntime {
    private static final long MAX_FAREWELL_MS = 5_000;
    private static final long MAX_ABORT_MS = 2_000;
    /** Apart from those that another user of PMIx in this process puts. */
    private static final String KEY_PREFIX = "openib.";

    /** What joining brought. */
    private record Place(PmixCalls.Member member, int size, Locality locality) {}

    private final PmixCalls calls;
    private final PmixConversation conversation;
    private final Place place;

    private PmixRuntime(
            PmixCalls calls,
            PmixConversation conversation,
            Place place,
            Notices notices,
            byte @Nullable [] secret,
            long timeoutMs) {
        super(notices, secret, timeoutMs);
        this.calls = calls;
        this.conversation = conversation;
        this.place = place;
    }

    /** Joins the job, which a process can do once. */
    static PmixRuntime open(PmixCalls calls, String name, byte @Nullable [] secret, long timeoutMs) {
        PmixConversation conversation = new PmixConversation(name + " (" + calls.version() + ")");
        Notices notices = new Notices();
        Place place;
        try {
            place = conversation.ask(
                    "joining the job", () -> join(calls, () -> lost(conversation, notices)), timeoutMs);
        } catch (OpenibRuntimeException e) {
            notices.close();
            conversation.endWith(calls::leave, e); // it may have joined, or join yet
            throw e;
        }
        PmixRuntime joined = new PmixRuntime(calls, conversation, place, notices, secret, timeoutMs);
        try {
            joined.agreeOnSecret(); // the server knows its ranks by their user, and tells nobody else
        } catch (OpenibRuntimeException e) {
            joined.close();
            throw e;
        }
        return joined;
    }

    private static Place join(PmixCalls calls, PmixCalls.EventHandler handler) throws PmixException {
        PmixCalls.Member member = calls.init(handler);
        int size = calls.jobNumber("pmix.job.size");
        return new Place(member, size, locality(member.rank(), size, calls.jobText("pmix.lpeers")));
    }

    private static Locality locality(int rank, int size, Optional<String> ranksHere) {
        int[] nodeOfRank = new int[size];
        Arrays.fill(nodeOfRank, 1);
        for (String here : ranksHere.orElse("").split(",", -1)) {
            OptionalInt peer = LauncherTraces.number(here);
            if (peer.isEmpty() || peer.getAsInt() >= size) {
                return size == 1 ? Locality.everyRankHere(rank, size) : Locality.unknown(rank);
            }
            nodeOfRank[peer.getAsInt()] = 0;
        }
        return Locality.of(rank, nodeOfRank);
    }

    private static void lost(PmixConversation conversation, Notices notices) {
        OpenibRuntimeException reason = conversation.failure(
                RuntimeFailure.CONNECTION_LOST,
                "lost the connection to",
                "the launcher has ended or has dropped this rank; its output says why");
        if (conversation.end(reason)) {
            notices.launcherLost(reason);
        }
    }

    @Override
    public int rank() {
        return place.member().rank();
    }

    @Override
    public int size() {
        return place.size();
    }

    @Override
    String jobName() {
        return place.member().namespace();
    }

    @Override
    public String launcher() {
        return conversation.name() + ", rank " + rank() + " of " + size();
    }

    @Override
    public Locality locality() {
        return place.locality();
    }

    @Override
    OpenibRuntimeException failure(RuntimeFailure kind, String what, String remedy) {
        return conversation.failure(kind, what, remedy);
    }

    /** Kept in this process; the next fence sends it. */
    @Override
    public void put(String key, byte[] value) {
        reserve(key, value);
        byte[] own = value.clone();
        conversation.tell("put of '" + key + "'", () -> calls.put(KEY_PREFIX + key, own), timeoutMs());
    }

    @Override
    public Optional<byte[]> get(int rank, String key) {
        Arguments.checkRank(rank, size());
        Keys.checked(key);
        return conversation.ask("get of '" + key + "'", () -> calls.get(rank, KEY_PREFIX + key), timeoutMs());
    }

    @Override
    public void fence(long timeoutMs) {
        Arguments.checkTimeout(timeoutMs);
        conversation.tellOrEnd("a fence", calls::fence, timeoutMs);
    }

    @Override
    public void abort(int status, String message) {
        int checked = Arguments.checkStatus(status);
        try {
            conversation.tellBeside("an abort", () -> calls.abort(checked, message), MAX_ABORT_MS);
        } catch (OpenibRuntimeException e) {
            if (e.failure() != RuntimeFailure.TIMEOUT) { // else it is on its way
                throw e;
            }
        }
    }

    /** Leaves behind a request that is under way; while that does not end, the launcher is not told, nor after a fence that was given up. */
    @Override
    public void close() {
        notices().close();
        boolean wasInterrupted = Thread.interrupted();
        try {
            conversation.tell("the farewell", calls::leave, Math.min(timeoutMs(), MAX_FAREWELL_MS));
        } catch (OpenibRuntimeException e) {
            // it was closed before, the launcher is gone, or nobody waits for it any more
        }
        conversation.endWith(
                calls::leave, failure(RuntimeFailure.CLOSED, "this runtime was closed; it has left the", ""));
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
