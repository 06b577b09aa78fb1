package io.openib.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of the protocol: who has joined, what was put, who waits in the barrier. Owned by the server's
 * thread, but for {@link #stage}.
 */
final class Pmi1Job {

    private static final Logger LOG = LoggerFactory.getLogger(Pmi1Job.class);
    private static final int MAX_KVSNAME_LENGTH = 256;
    private static final int MAX_STRANGERS_TOLD = 10;

    private final int size;
    private final String name;
    private final String token;
    private final boolean isTokenRequired;
    private final Pmi1Listener listener;
    private final KeyValueSpace values;
    private final AtomicReferenceArray<RankStage> stages;
    private final Pmi1Membership members;
    private long strangers;

    Pmi1Job(Pmi1ServerOptions options, String name, String token) {
        this.size = options.size();
        this.name = name;
        this.token = token;
        this.isTokenRequired = options.isTokenRequired();
        this.listener = options.listener();
        this.values = new KeyValueSpace(options.nodeOfRank());
        this.stages = new AtomicReferenceArray<>(size);
        for (int rank = 0; rank < size; rank++) {
            stages.set(rank, RankStage.AWAITED);
        }
        this.members = new Pmi1Membership(size, options.lossGraceMs());
    }

    /** Any thread. */
    RankStage stage(int rank) {
        return stages.get(rank);
    }

    Pmi1Membership members() {
        return members;
    }

    void onLine(Pmi1Session session, String text) throws PmiFormatException, IOException {
        PmiLine line = PmiLine.parse(text);
        if (!session.isAdmitted()) {
            onHello(session, line);
            return;
        }
        switch (line.command()) {
            case "init" -> onInit(session, line);
            case "get_maxes" ->
                session.send(PmiLine.of("maxes")
                        .with("rc", 0)
                        .with("kvsname_max", MAX_KVSNAME_LENGTH)
                        .with("keylen_max", KeyValueSpace.MAX_KEY_LENGTH)
                        .with("vallen_max", KeyValueSpace.MAX_VALUE_LENGTH));
            case "get_universe_size" -> session.send(success("universe_size").with("size", size));
            case "get_appnum" -> session.send(success("appnum").with("appnum", 0));
            case "get_my_kvsname" -> session.send(PmiLine.of("my_kvsname").with("kvsname", name));
            case "put" -> onPut(session, line);
            case "get" -> onGet(session, line);
            case "barrier_in" -> members.arrive(session);
            case "finalize" -> onFinalize(session);
            case "abort" -> onAbort(session, line, text);
            default -> session.send(failure("error", "unknown_command").with("command", line.command()));
        }
    }

    private void onHello(Pmi1Session session, PmiLine line) throws PmiFormatException, IOException {
        if (!line.command().equals("initack")) {
            throw new PmiFormatException("a first line other than cmd=initack");
        }
        String given = line.value("openib_token");
        boolean isOurs = given != null && isToken(given);
        int rank = line.number("pmiid").orElse(Pmi1Session.NO_RANK);
        String refusal = refusal(isOurs, given, rank);
        if (refusal != null) {
            tellRefused(session, "refused a connection as rank " + rank + ": " + refusal);
            session.sendLast(failure("initack", refusal));
            return;
        }
        session.admit(rank, isOurs);
        members.join(session, isOurs ? line.number("openib_pid").orElse(0) : 0);
        stages.set(rank, RankStage.JOINED);
        session.send(PmiLine.of("initack").with("rc", 0));
        session.send(PmiLine.of("set").with("size", size));
        session.send(PmiLine.of("set").with("rank", rank));
        session.send(PmiLine.of("set").with("debug", 0));
        tell(to -> to.onJoined(rank));
    }

    private @Nullable String refusal(boolean isOurs, @Nullable String given, int rank) {
        if (!isOurs && (isTokenRequired || given != null)) {
            return "not_admitted";
        }
        if (rank < 0 || rank >= size) {
            return "pmiid_is_not_0_to_" + (size - 1);
        }
        return stages.get(rank) == RankStage.AWAITED ? null : "pmiid_" + rank + "_is_taken";
    }

    private boolean isToken(String given) {
        return MessageDigest.isEqual(
                given.getBytes(StandardCharsets.US_ASCII), token.getBytes(StandardCharsets.US_ASCII));
    }

    private void onInit(Pmi1Session session, PmiLine line) throws IOException {
        boolean isSpoken = line.number("pmi_version").orElse(-1) == 1
                && line.number("pmi_subversion").orElse(-1) >= 0
                && line.number("pmi_subversion").orElse(-1) <= 1;
        PmiLine reply = PmiLine.of("response_to_init")
                .with("rc", isSpoken ? 0 : -1)
                .with("pmi_version", 1)
                .with("pmi_subversion", 1);
        boolean hasNotices = isSpoken && session.isOurs();
        session.send(hasNotices ? reply.with(Pmi1Connection.NOTICES, 1) : reply);
        if (hasNotices) {
            session.startNotices();
            members.tellDeathsTo(session);
        }
    }

    private void onPut(Pmi1Session session, PmiLine line) throws IOException {
        String refusal = isOurSpace(line)
                ? values.put(session.rank(), line.value("key"), line.value("value"))
                : "unknown_kvsname";
        session.send(refusal == null ? success("put_result") : failure("put_result", refusal));
    }

    private void onGet(Pmi1Session session, PmiLine line) throws IOException {
        String key = line.value("key");
        String value = isOurSpace(line) ? values.get(key) : null;
        session.send(
                value == null
                        ? failure("get_result", "key_" + key + "_not_found").with("value", "unknown")
                        : success("get_result").with("value", value));
    }

    private boolean isOurSpace(PmiLine line) {
        return line.optional("kvsname").orElse(name).equals(name);
    }

    private void onFinalize(Pmi1Session session) throws IOException {
        stages.set(session.rank(), RankStage.FINALIZED);
        session.send(PmiLine.of("finalize_ack"));
        tell(to -> to.onFinalized(session.rank()));
        members.leave(session.rank());
    }

    /** Other clients' messages may hold blanks, so the message is the rest of the line. */
    private void onAbort(Pmi1Session session, PmiLine line, String text) {
        int asked = line.number("exitcode").orElse(1);
        int status = asked >= 1 && asked <= 255 ? asked : 1;
        int at = text.indexOf(" message=");
        String message = at < 0 ? "" : text.substring(at + " message=".length());
        tell(to -> to.onAbort(session.rank(), status, message));
    }

    /** The connection is gone. */
    void onClosed(Pmi1Session session) {
        if (!session.isAdmitted()) {
            return;
        }
        members.detach(session.rank());
        if (stages.get(session.rank()) == RankStage.JOINED) {
            members.lose(session.rank());
            tell(to -> to.onDisconnected(session.rank()));
        }
    }

    /** Of ranks each; of strangers, of whom there is no end, the first few, and then when their number is a power of ten. */
    void tellRefused(Pmi1Session session, String what) {
        if (session.isAdmitted() || ++strangers <= MAX_STRANGERS_TOLD) {
            tell(to -> to.onRefused(what));
        } else if (Math.log10((double) strangers) % 1 == 0) {
            tell(to -> to.onRefused(what + "; " + strangers + " connections of strangers so far"));
        }
    }

    void tell(Consumer<Pmi1Listener> event) {
        try {
            event.accept(listener);
        } catch (RuntimeException e) {
            LOG.warn("The launcher's listener failed", e);
        }
    }

    private static PmiLine success(String command) {
        return PmiLine.of(command).with("rc", 0);
    }

    private static PmiLine failure(String command, String message) {
        return PmiLine.of(command).with("rc", -1).with("msg", message);
    }
}
