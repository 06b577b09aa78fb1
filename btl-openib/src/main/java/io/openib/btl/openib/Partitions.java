package io.openib.btl.openib;

import io.openib.verbs.Errno;
import io.openib.verbs.PkeyChoice;
import io.openib.verbs.VerbsException;
import java.util.Optional;

/** The row of a port's P_Key table that its queue pairs name, see {@link PkeyChoice}. */
final class Partitions {
    private Partitions() {}

    /**
     * The row of a port in use, which had one when it was chosen.
     *
     * @throws VerbsException if it has none any more
     */
    static int rowInUse(OpenPort port, int wanted) {
        return PkeyChoice.row(port.device(), port.port(), wanted)
                .orElseThrow(
                        () -> new VerbsException(
                                "ibv_query_pkey",
                                port.place(),
                                Errno.ENOENT,
                                "no row of its table names the partition of btl_openib_pkey, or any if that is 0; see to the subnet manager"));
    }

    /** What to warn of: that a port in use is only a limited member of its partition, or is in another one than peers may be. */
    static Optional<String> doubt(OpenPort port, int wanted) {
        int key = port.device().queryPkey(port.port(), rowInUse(port, wanted));
        String used = "0x" + Integer.toHexString(key);
        if (!PkeyChoice.isFullMember(key)) {
            return Optional.of(port.place() + " is only a limited member of partition " + used
                    + ": peers that are limited members as well are out of reach of oob; set btl_openib_pkey, or see to"
                    + " the subnet manager's partitions");
        }
        return wanted != 0 || PkeyChoice.isOfTheFirst(port.device(), port.port(), key)
                ? Optional.empty()
                : Optional.of(
                        port.place() + " uses partition " + used + ", since it is only a limited member of its first:"
                                + " peers that are full members of that use it, and are out of reach of oob; set btl_openib_pkey to "
                                + used + " on all hosts if there are any");
    }
}
