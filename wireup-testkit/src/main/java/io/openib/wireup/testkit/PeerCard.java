package io.openib.wireup.testkit;

import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.testkit.PeerStage.Limits;
import java.io.Serializable;

/**
 * What the modex would say of a process, in a form that travels.
 *
 * @param rank its name
 * @param host where it is
 * @param receiveQueues that it runs with
 * @param limits of what it sends
 * @param blob of its scheme
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares cards
public record PeerCard(int rank, String host, String receiveQueues, Limits limits, byte[] blob)
        implements Serializable {
    PeerContact toContact() {
        return new PeerContact(new PeerName(rank), host, TestProcess.configuration(receiveQueues, limits), blob);
    }

    PeerCard withBlob(byte[] other) {
        return new PeerCard(rank, host, receiveQueues, limits, other);
    }

    PeerCard withRank(int other) {
        return new PeerCard(other, host, receiveQueues, limits, blob);
    }
}
