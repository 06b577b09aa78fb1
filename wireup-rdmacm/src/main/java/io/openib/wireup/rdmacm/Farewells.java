package io.openib.wireup.rdmacm;

import io.openib.wireup.WireupPort;
import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is said to peers when connections end. It waits while the port is down: nobody would hear it, and the connection manager
 * of rxe (Linux 6.1) is deaf from then on once it has had something to send (docs/devices.md). Control thread only.
 */
final class Farewells {
    private static final Logger LOG = LoggerFactory.getLogger(Farewells.class);
    /** So many are said for one look at the port, which may be down again the moment after. */
    private static final int AT_ONCE = 64;

    private final WireupPort port;
    private final PortWatch watch;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean isClosed;

    Farewells(WireupPort port, PortWatch watch) {
        this.port = port;
        this.watch = watch;
    }

    /** Has it said now, or when the port is up and what came before has been said. */
    void say(Runnable farewell) {
        waiting.add(farewell);
        if (isClosed) {
            sayAtMost(waiting.size());
        } else if (waiting.size() == 1) {
            look();
        }
    }

    /** Has something done when all that came before has been said, whatever becomes of the port: it says nothing itself. */
    void afterwards(Runnable end) {
        if (waiting.isEmpty()) {
            end.run();
        } else {
            waiting.add(end);
        }
    }

    private void look() {
        boolean isUp = watch.isUp(); // a device that is gone takes with it what there is to say
        if (isUp) {
            sayAtMost(AT_ONCE);
        }
        if (!waiting.isEmpty()) {
            port.control().schedule(isUp ? 0 : PortWatch.LOOK_MS, this::look);
        }
    }

    private void sayAtMost(int count) {
        for (int i = 0; i < count && !waiting.isEmpty(); i++) {
            try {
                waiting.remove().run();
            } catch (RuntimeException e) {
                LOG.warn("{}: a connection did not end in order", port.place(), e);
            }
        }
    }

    /** Nothing waits from now on. */
    void close() {
        isClosed = true;
        sayAtMost(waiting.size());
    }
}
