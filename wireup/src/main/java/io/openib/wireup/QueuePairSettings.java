package io.openib.wireup;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Mtu;
import java.util.List;
import java.util.Set;

/**
 * What this side's parameters say of its queue pairs, so that all schemes set them alike.
 *
 * @param port the local port, from 1
 * @param pkeyIndex row of the P_Key table
 * @param sgidIndex row of the GID table
 * @param accessFlags what the peer may do
 * @param pathMtu at most
 * @param serviceLevel 0 to 15
 * @param trafficClass of global routes, 0 to 255; on RoCE v2 its upper six bits are the packets' DSCP
 * @param minRnrTimer what the peer waits when no receive is posted, a code: 0 is 655 ms, 12 is 0.64 ms
 * @param timeout of acknowledgements, a code: 4.096 us times two to this power
 * @param retryCount retries after a timeout, 0 to 7
 * @param rnrRetries retries after receiver-not-ready, by receive queue; 7 is for ever
 * @param maxRdAtomic reads and atomics outstanding at most, per queue pair
 * @param maxDestRdAtomic reads and atomics of the peer that are answered at a time, per queue pair
 */
public record QueuePairSettings(
        int port,
        int pkeyIndex,
        int sgidIndex,
        Set<AccessFlag> accessFlags,
        Mtu pathMtu,
        int serviceLevel,
        int trafficClass,
        int minRnrTimer,
        int timeout,
        int retryCount,
        List<Integer> rnrRetries,
        int maxRdAtomic,
        int maxDestRdAtomic) {
    public QueuePairSettings {
        accessFlags = Set.copyOf(accessFlags);
        rnrRetries = List.copyOf(rnrRetries);
    }

    /** The same with other rows of the port's tables: they may change while the port is open. */
    public QueuePairSettings withRows(int otherPkeyIndex, int otherSgidIndex) {
        return new QueuePairSettings(
                port,
                otherPkeyIndex,
                otherSgidIndex,
                accessFlags,
                pathMtu,
                serviceLevel,
                trafficClass,
                minRnrTimer,
                timeout,
                retryCount,
                rnrRetries,
                maxRdAtomic,
                maxDestRdAtomic);
    }
}
