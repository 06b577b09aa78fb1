package io.openib.btl.openib;

import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.VerbsException;
import java.util.Optional;

/**
 * Which row of a port's P_Key table its queue pairs name. A full member of a partition reaches all of it, a limited one only the full ones:
 * between two limited ones every packet is dropped, and nobody is told.
 */
final class Partitions {
    /** The bits that name a partition; no such bit is an empty row. */
    private static final int NUMBER = 0x7fff;

    private static final int FULL_MEMBER = 0x8000;

    private Partitions() {}

    /**
     * The first row with full membership in a partition, else with any; -1 if there is no such row.
     *
     * @param wanted the partition; 0 for that of the first row that is not empty, which all ports of a fabric mostly share
     */
    static int row(Device device, int port, PortAttributes attributes, int wanted) {
        int number = wanted & NUMBER;
        int limited = -1;
        for (int row = 0; row < attributes.pkeyTableLength(); row++) {
            int key = device.queryPkey(port, row);
            number = wanted == 0 && number == 0 ? key & NUMBER : number;
            boolean isMember = number != 0 && (key & NUMBER) == number;
            if (isMember && (key & FULL_MEMBER) != 0) {
                return row;
            }
            limited = isMember && limited < 0 ? row : limited;
        }
        return limited;
    }

    /**
     * The row of a port in use, which had one when it was chosen.
     *
     * @throws VerbsException if it has none any more
     */
    static int rowInUse(OpenPort port, int wanted) {
        int row = row(port.device(), port.port(), port.attributes(), wanted);
        if (row < 0) {
            throw new VerbsException(
                    "ibv_query_pkey",
                    port.place(),
                    Errno.ENOENT,
                    "no row of its table names the partition of btl_openib_pkey, or any if that is 0; see to the subnet manager");
        }
        return row;
    }

    /** What to warn of, if a port in use is only a limited member of its partition. */
    static Optional<String> doubt(OpenPort port, int wanted) {
        int key = port.device().queryPkey(port.port(), rowInUse(port, wanted));
        return (key & FULL_MEMBER) != 0
                ? Optional.empty()
                : Optional.of(port.place() + " is only a limited member of partition 0x" + Integer.toHexString(key)
                        + ": peers that are limited members as well are out of reach of oob; set btl_openib_pkey, or see to"
                        + " the subnet manager's partitions");
    }
}
