package io.openib.wireup.rdmacm;

import io.openib.verbs.AddressVector;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.MemberPath;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.QueuePairSettings;

/** Where the queue pairs of a set lead, and their moves there. */
final class Paths {
    private Paths() {}

    /**
     * Moves the queue pairs of an exchange to RTS: the path is the connection manager's word, good for each of them.
     *
     * @param id knows the path to the peer by now
     * @param set the whole set
     * @param peers what the peer told
     * @param told of an event, where the depths are named from this side: the initiator depth is what the peer answers, the
     *     responder resources are what it has outstanding
     * @throws VerbsException the first that was refused; the set is of no more use then
     */
    static void toReadyToSend(
            CmId id, QueuePairSet set, Hello peers, ConnectionParameters told, EffectiveConfiguration agreed) {
        QpAttributes initial = id.initQpAttributes(QpState.INIT);
        boolean isPlaced =
                initial.has(QpAttribute.PORT) && initial.has(QpAttribute.PKEY_INDEX); // iWARP has no partitions
        QpAttributes receiving = id.initQpAttributes(QpState.RTR);
        QpAttributes sending = id.initQpAttributes(QpState.RTS);
        QueuePairSettings settings = set.settings();
        AddressVector vector = receiving.addressVector();
        if (vector.dlid() == 0) { // on Ethernet the rate is the kernel's guess of the interface's, 40 Gb/s at most
            vector = vector.withStaticRate(0);
        }
        if (settings.trafficClass() != 0) { // else it is the path's
            vector = vector.inClass(settings.trafficClass());
        }
        for (int i = 0; i < peers.qpNumbers().size(); i++) {
            int queue = peers.firstQueue() + i;
            MemberPath path = new MemberPath(
                    vector,
                    Mtu.min(receiving.pathMtu(), agreed.mtu()),
                    peers.qpNumbers().get(i),
                    receiving.rqPsn(),
                    sending.sqPsn(),
                    Math.min(settings.maxRdAtomic(), told.initiatorDepth()),
                    Math.min(settings.maxDestRdAtomic(), told.responderResources()));
            if (isPlaced) {
                set.toPath(queue, initial.port(), initial.pkeyIndex());
            }
            set.toReadyToReceive(queue, path);
            set.toReadyToSend(queue, path);
        }
    }
}
