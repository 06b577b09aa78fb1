package io.openib.btl.openib;

import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.btl.openib.wire.ModexMessage.SchemeContact;
import io.openib.verbs.Mtu;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the wireups reach one port of a peer.
 *
 * @param bySchemes by scheme
 * @param priorities by scheme, the peer's
 */
record Contacts(Map<String, PeerContact> bySchemes, Map<String, Integer> priorities) {
    /** Version of what travels on a lane: the header. */
    private static final int WIRE_VERSION = 1;

    static Contacts of(int rank, ModexMessage message, PortContact port) {
        Map<String, PeerContact> contacts = new LinkedHashMap<>();
        Map<String, Integer> priorities = new LinkedHashMap<>();
        int mtu = Math.max(Mtu.MTU_256.code(), Math.min(Mtu.MTU_4096.code(), port.mtu()));
        EffectiveConfiguration configuration =
                configuration(message.receiveQueues(), Mtu.ofCode(mtu), message.maxSendBytes());
        for (SchemeContact contact : port.contacts()) {
            contacts.put(
                    contact.scheme(),
                    new PeerContact(new PeerName(rank), message.host(), configuration, contact.blob()));
            priorities.put(contact.scheme(), contact.priority());
        }
        return new Contacts(contacts, priorities);
    }

    /** What a side effectively runs with. */
    static EffectiveConfiguration configuration(String receiveQueues, Mtu mtu, int maxSendBytes) {
        return EffectiveConfiguration.of(
                WIRE_VERSION, receiveQueues, mtu, Map.of(OpenibParameters.MAX_SEND_SIZE.name(), (long) maxSendBytes));
    }
}
