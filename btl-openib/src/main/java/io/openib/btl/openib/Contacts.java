package io.openib.btl.openib;

import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.Mtu;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.SchemeOffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the wireups reach one port of a peer.
 *
 * @param peer whom
 * @param host where it runs
 * @param configuration what it runs with
 * @param offers its wireups on that port
 */
record Contacts(PeerName peer, String host, EffectiveConfiguration configuration, List<SchemeOffer> offers) {
    /** Version of what travels on a lane: the header. */
    private static final int WIRE_VERSION = 1;

    static Contacts of(int rank, ModexMessage message, PortContact port) {
        int mtu = Math.max(Mtu.MTU_256.code(), Math.min(Mtu.MTU_4096.code(), port.mtu()));
        EffectiveConfiguration configuration =
                configuration(message.receiveQueues(), Mtu.ofCode(mtu), message.maxSendBytes());
        return new Contacts(new PeerName(rank), message.host(), configuration, port.contacts());
    }

    /** As one scheme needs it. */
    Optional<PeerContact> contact(String scheme) {
        return offers.stream()
                .filter(offer -> offer.scheme().equals(scheme))
                .findFirst()
                .map(offer -> new PeerContact(peer, host, configuration, offer.blob()));
    }

    /** What a side effectively runs with. */
    static EffectiveConfiguration configuration(String receiveQueues, Mtu mtu, int maxSendBytes) {
        return EffectiveConfiguration.of(
                WIRE_VERSION, receiveQueues, mtu, Map.of(OpenibParameters.MAX_SEND_SIZE.name(), (long) maxSendBytes));
    }
}
