package io.openib.verbs.soft.cm;

import java.util.List;

/** What the connection manager asks of the devices it serves. Called from any thread, under the manager's lock. */
public interface CmHost {
    /** The ports of this process's devices as they are now, in a stable order. Neither waits nor throws. */
    List<CmPort> ports();
}
