package io.openib.verbs.soft.cm;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An event queue with its ids. The ids are guarded by the agent, the events by a lock of their own that is taken last, so
 * that who waits for an event never stands in anybody's way. Events are few: each id has at most a handful to tell, and
 * unread connection requests are bounded by the backlog.
 */
final class SoftCmEventChannel implements CmEventChannel {
    private final CmAgent agent;
    private final Set<SoftCmId> ids = new HashSet<>();
    private final Object eventLock = new Object();
    private final ArrayDeque<CmEvent> events = new ArrayDeque<>();
    private boolean isWoken;
    private boolean isClosed;

    SoftCmEventChannel(CmAgent agent) {
        this.agent = agent;
        synchronized (agent) {
            agent.open(this);
        }
    }

    @Override
    public CmId createId() {
        synchronized (agent) {
            synchronized (eventLock) {
                if (isClosed) {
                    throw new VerbsException(
                            "rdma_create_id", "soft", Errno.EINVAL, "the event channel is closed, make another");
                }
            }
            return newId();
        }
    }

    /** Under the agent's lock. */
    SoftCmId newId() {
        SoftCmId id = new SoftCmId(agent, this);
        ids.add(id);
        return id;
    }

    @Override
    public @Nullable CmEvent next(long timeoutMs) throws InterruptedException {
        CmEvent event = take(timeoutMs);
        if (event != null && event.listenId() instanceof SoftCmId listener) {
            listener.onRequestTaken();
        }
        return event;
    }

    private @Nullable CmEvent take(long timeoutMs) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        synchronized (eventLock) {
            while (!isWoken && !isClosed && events.isEmpty()) {
                long leftNs = deadlineNs - System.nanoTime();
                if (leftNs <= 0) {
                    return null;
                }
                eventLock.wait(leftNs / 1_000_000, (int) (leftNs % 1_000_000));
            }
            if (isWoken || isClosed) {
                isWoken = false;
                return null;
            }
            return events.poll();
        }
    }

    @Override
    public void wakeup() {
        synchronized (eventLock) {
            isWoken = true;
            eventLock.notifyAll();
        }
    }

    /** Under the agent's lock. */
    void post(CmEvent event) {
        synchronized (eventLock) {
            if (!isClosed) {
                events.add(event);
                eventLock.notifyAll();
            }
        }
    }

    /** Under the agent's lock: no event of the id is handed out any more, and requests that nobody has seen end. */
    void forget(SoftCmId id) {
        ids.remove(id);
        List<CmId> unseen = new ArrayList<>();
        synchronized (eventLock) {
            events.removeIf(event -> {
                if (event.listenId() == id) {
                    unseen.add(event.id());
                }
                return event.id() == id || event.listenId() == id;
            });
        }
        unseen.forEach(CmId::close);
    }

    void onDeviceRemoval(String deviceName) {
        for (SoftCmId id : new ArrayList<>(ids)) {
            if (id.deviceName().equals(deviceName)) {
                id.post(CmEventType.DEVICE_REMOVAL, 0, null);
            }
        }
    }

    @Override
    public void close() {
        CmLoop ending;
        synchronized (agent) {
            for (SoftCmId id : new ArrayList<>(ids)) {
                id.close();
            }
            synchronized (eventLock) {
                isClosed = true;
                events.clear();
                eventLock.notifyAll();
            }
            ending = agent.close(this);
        }
        if (ending != null) {
            ending.awaitEnd();
        }
    }
}
