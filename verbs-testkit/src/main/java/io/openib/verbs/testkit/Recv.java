package io.openib.verbs.testkit;

import io.openib.verbs.RecvWorkRequest;
import java.io.Serializable;

/** A receive request that can travel to another process. */
public final class Recv implements Serializable {
    private static final long serialVersionUID = 1L;

    private final long wrId;
    private final Sge[] sges;

    private Recv(long wrId, Sge[] sges) {
        this.wrId = wrId;
        this.sges = sges;
    }

    /** A receive that scatters over the entries. */
    public static Recv into(long wrId, Sge... sges) {
        return new Recv(wrId, sges.clone());
    }

    int sgeCount() {
        return sges.length;
    }

    long wrId() {
        return wrId;
    }

    RecvWorkRequest fill(RecvWorkRequest wr, int room) {
        wr.wrId(wrId).sgeCount(sges.length);
        for (int i = 0; i < Math.min(room, sges.length); i++) {
            wr.sge(i, sges[i].address(), sges[i].lengthBytes(), sges[i].lkey());
        }
        return wr;
    }
}
