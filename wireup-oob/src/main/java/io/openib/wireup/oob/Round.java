package io.openib.wireup.oob;

import java.net.InetSocketAddress;
import java.util.StringJoiner;

/**
 * The addresses of a peer as they are dialled for one link: each once, beginning at any, and what came of them. An address
 * may swallow what is sent to it, so each has but a share of the attempt's deadline, and one share is left for the handshake.
 * Event loop only.
 */
final class Round {
    /** Less would give up addresses that are merely far away. */
    private static final int LEAST_SHARE_MS = 200;

    private final OobContact contact;
    private final StringJoiner outcomes = new StringJoiner("; ");
    private final int last;
    private int turn;
    private int loopbackRefusals;

    /**
     * Begins with an address.
     *
     * @param turn which one, as {@link OobContact#address} counts
     */
    Round(OobContact contact, int turn) {
        this.contact = contact;
        this.turn = turn;
        this.last = turn + contact.addresses().size() - 1;
    }

    /** The module that is meant. */
    int module() {
        return contact.module();
    }

    /** The address whose turn it is. */
    InetSocketAddress address() {
        return contact.address(turn);
    }

    int turn() {
        return turn;
    }

    /** How long it may take to connect to an address, in an attempt of that deadline. */
    int shareMs(int deadlineMs) {
        return Math.max(LEAST_SHARE_MS, deadlineMs / (contact.addresses().size() + 1));
    }

    boolean hasNext() {
        return turn != last;
    }

    void next() {
        turn++;
    }

    /** Nobody listens at the address whose turn it is, or somebody between says so. */
    void noteRefusal() {
        if (address().getAddress().isLoopbackAddress()) {
            loopbackRefusals++;
        }
    }

    /**
     * Whether nobody listens at any of the addresses, and nobody is between: all of them are this host's own. A listener is there before its
     * address is published, so the peer is gone.
     */
    boolean isDeserted() {
        return loopbackRefusals == contact.addresses().size();
    }

    /** Notes what came of the address; tells of all so far. */
    String note(String outcome) {
        InetSocketAddress address = address();
        outcomes.add(address.getAddress().getHostAddress() + ":" + address.getPort() + ": " + outcome);
        return outcomes.toString();
    }
}
