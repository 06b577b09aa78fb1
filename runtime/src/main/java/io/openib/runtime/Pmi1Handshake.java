package io.openib.runtime;

import java.util.Optional;

/** The client's first questions, in the order in which MPICH's own client asks them. */
final class Pmi1Handshake {

    private static final int MIN_CHUNK_LENGTH = 64;
    private static final int MAX_RANKS = 1 << 24;

    private final Pmi1Connection connection;
    private final Pmi1Address address;
    private final Deadline deadline;
    private int rank;
    private int size;

    Pmi1Handshake(Pmi1Connection connection, Pmi1Address address, Deadline deadline) {
        this.connection = connection;
        this.address = address;
        this.deadline = deadline;
        this.rank = address.rank();
        this.size = address.size();
    }

    Pmi1Identity run() {
        if (address.pmiId().isPresent()) {
            askForRankAndSize(address.pmiId().getAsInt());
        }
        init();
        if (size < 1 || size > MAX_RANKS || rank < 0 || rank >= size) {
            throw connection.failure(
                    RuntimeFailure.PROTOCOL,
                    "rank " + rank + " of " + size + " was given by",
                    "check the launcher, PMI_ID, PMI_RANK and PMI_SIZE");
        }
        connection.identify(rank, size);
        return identity();
    }

    /** The answer is one line, then three {@code set} lines; newer servers may put all into the first. */
    private void askForRankAndSize(int pmiId) {
        PmiLine hello = PmiLine.of("initack").with("pmiid", pmiId);
        if (address.token() != null) {
            hello.with("openib_token", address.token())
                    .with("openib_pid", ProcessHandle.current().pid());
        }
        connection.send(hello);
        PmiLine answer = successful(connection.await("initack", deadline));
        absorb(answer);
        boolean isWhole = size >= 1 && rank >= 0;
        for (int line = 0; line < 3 && !isWhole; line++) {
            absorb(connection.await("set", deadline));
        }
    }

    private void init() {
        connection.send(PmiLine.of("init").with("pmi_version", 1).with("pmi_subversion", 1));
        PmiLine reply = connection.awaitAny("response_to_init", deadline);
        while (reply.command().equals("set")) {
            absorb(reply);
            reply = connection.awaitAny("response_to_init", deadline);
        }
        if (!reply.command().equals("response_to_init")) {
            throw connection.failure(
                    RuntimeFailure.PROTOCOL,
                    "'" + reply.commandInShort() + "' came instead of response_to_init from",
                    "");
        }
        successful(reply);
    }

    private void absorb(PmiLine line) {
        size = line.number("size").orElse(size);
        rank = line.number("rank").orElse(rank);
    }

    private Pmi1Identity identity() {
        PmiLine maxes = successful(ask(PmiLine.of("get_maxes"), "maxes"));
        String kvsName = successful(ask(PmiLine.of("get_my_kvsname"), "my_kvsname"))
                .optional("kvsname")
                .orElse("");
        Pmi1Identity identity = new Pmi1Identity(
                rank,
                size,
                kvsName,
                maxes.number("keylen_max").orElse(0) - 1,
                maxes.number("vallen_max").orElse(0) - 1,
                locality(kvsName));
        if (kvsName.isEmpty() || identity.chunkLength() < MIN_CHUNK_LENGTH) {
            throw connection.failure(
                    RuntimeFailure.PROTOCOL,
                    "a key space '" + kvsName + "' with values of " + identity.maxValueLength()
                            + " characters, too few to exchange addresses, was given by",
                    "use another launcher");
        }
        return identity;
    }

    private Locality locality(String kvsName) {
        PmiLine query = PmiLine.of("get").with("kvsname", kvsName).with("key", ProcessMapping.KEY);
        PmiLine reply = ask(query, "get_result");
        Optional<String> mapping = reply.isSuccess() ? reply.optional("value") : Optional.empty();
        return mapping.flatMap(text -> ProcessMapping.nodeOfRank(text, size))
                .map(nodes -> Locality.of(rank, nodes))
                .orElseGet(() -> Locality.unknown(rank));
    }

    private PmiLine ask(PmiLine query, String expected) {
        connection.send(query);
        return connection.await(expected, deadline);
    }

    private PmiLine successful(PmiLine reply) {
        if (!reply.isSuccess()) {
            throw connection.failure(
                    RuntimeFailure.REFUSED,
                    reply.command() + " says rc=" + reply.number("rc").orElse(-1) + ", " + reply.reason() + ", from",
                    "this process does not belong to that launcher's job, or another already took its place");
        }
        return reply;
    }
}
