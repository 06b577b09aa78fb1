package io.openib.verbs.soft;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue pairs whose pending sends the device thread runs. Who adds or drops one may hold its lock: the device thread
 * holds none that others wait for while it runs sends, and takes a queue pair's only when it has let go of it here.
 */
final class CarriedQps {
    private static final Logger LOG = LoggerFactory.getLogger(CarriedQps.class);
    private static final long AFTER_DEFECT_NS = 1_000_000;

    private final List<CarriedQp> all = new ArrayList<>();
    private final List<CarriedQp> round = new ArrayList<>();

    /** From now on the pending sends of a queue pair are the device thread's. */
    void add(SoftQp qp) {
        synchronized (all) {
            CarriedQp known = find(qp);
            if (known == null) {
                all.add(new CarriedQp(qp));
            } else {
                known.isCalled = true;
            }
        }
    }

    /** They are nobody's any more. Returns when the device thread has let go of them. Not for the device thread. */
    void drop(SoftQp qp) {
        boolean isInterrupted = false;
        synchronized (all) {
            CarriedQp dropped = find(qp);
            if (dropped != null) {
                dropped.isDropped = true;
                all.remove(dropped);
            }
            while (dropped != null && dropped.isRunning) {
                try {
                    all.wait();
                } catch (InterruptedException e) {
                    isInterrupted = true;
                }
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable CarriedQp find(SoftQp qp) {
        for (CarriedQp carried : all) {
            if (carried.qp() == qp) {
                return carried;
            }
        }
        return null;
    }

    /** Runs what is due; nanoseconds until something else is. By the device thread. */
    long work() {
        synchronized (all) {
            round.clear();
            round.addAll(all);
        }
        long nowNs = System.nanoTime();
        long waitNs = Long.MAX_VALUE;
        for (CarriedQp carried : round) {
            if (begin(carried)) {
                waitNs = Math.min(waitNs, workOn(carried, nowNs));
                carried.settle();
            }
        }
        return waitNs;
    }

    private long workOn(CarriedQp carried, long nowNs) {
        long dueNs = nowNs;
        try {
            dueNs = carried.work(nowNs);
        } catch (RuntimeException e) {
            LOG.error(
                    "soft: {}: a send met a defect, which ends the queue pair",
                    carried.qp().place(),
                    e);
            carried.meetDefect();
            dueNs = nowNs + AFTER_DEFECT_NS;
        } finally {
            dueNs = end(carried, dueNs) ? nowNs : dueNs;
        }
        return dueNs == CarriedQp.NOTHING_LEFT ? Long.MAX_VALUE : Math.max(0, dueNs - nowNs);
    }

    private boolean begin(CarriedQp carried) {
        synchronized (all) {
            carried.isRunning = !carried.isDropped;
            carried.isCalled = false;
            return carried.isRunning;
        }
    }

    /** Whether it is to be looked at again at once: it was called while it was at work. */
    private boolean end(CarriedQp carried, long dueNs) {
        synchronized (all) {
            carried.isRunning = false;
            all.notifyAll();
            if (dueNs == CarriedQp.NOTHING_LEFT && !carried.isCalled) {
                carried.isDropped = true;
                all.remove(carried);
            }
            return carried.isCalled && !carried.isDropped;
        }
    }
}
