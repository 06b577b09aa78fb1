package io.openib.btl.openib;

import io.openib.verbs.Device;
import io.openib.verbs.PortAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which row of a port's P_Key table its queue pairs name. A full member of a partition reaches all of it, a limited one only the full ones:
 * between two limited ones every packet is dropped, and nobody is told.
 */
final class Partitions {
    private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);

    /** The bits that name a partition; no such bit is an empty row. */
    private static final int NUMBER = 0x7fff;

    private static final int FULL_MEMBER = 0x8000;

    private Partitions() {}

    /** The first row with full membership in the wanted partition, else with any; 0 wants any partition. -1 if there is no such row. */
    static int row(Device device, int port, PortAttributes attributes, int wanted) {
        int limited = -1;
        for (int row = 0; row < attributes.pkeyTableLength(); row++) {
            int key = device.queryPkey(port, row);
            boolean isWanted = (key & NUMBER) != 0 && (wanted == 0 || ((key ^ wanted) & NUMBER) == 0);
            if (isWanted && (key & FULL_MEMBER) != 0) {
                return row;
            }
            limited = isWanted && limited < 0 ? row : limited;
        }
        return limited;
    }

    /** The row of a port in use; it has one. */
    static int rowInUse(OpenPort port, int wanted) {
        int row = row(port.device(), port.port(), port.attributes(), wanted);
        int key = port.device().queryPkey(port.port(), row);
        if ((key & FULL_MEMBER) == 0) {
            LOG.warn(
                    "{} is only a limited member of partition 0x{}: peers that are limited members as well are out of reach;"
                            + " set btl_openib_pkey, or see to the subnet manager's partitions",
                    port.place(),
                    Integer.toHexString(key));
        }
        return row;
    }
}
