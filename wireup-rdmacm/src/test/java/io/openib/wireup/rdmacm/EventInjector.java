package io.openib.wireup.rdmacm;

import static java.util.Objects.requireNonNull;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionManager;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Has a process told of events that never happened. */
final class EventInjector {
    private final List<CmId> made = new CopyOnWriteArrayList<>();
    private final List<CmId> asked = new CopyOnWriteArrayList<>();
    private final Queue<CmEvent> injected = new ConcurrentLinkedQueue<>();
    private volatile @Nullable CmEventChannel channel;

    CmId listener() {
        return made.get(0);
    }

    /** The last one that this side has asked with. */
    CmId active() {
        return made.get(made.size() - 1);
    }

    /** That of the last request that came. */
    CmId passive() {
        return asked.get(asked.size() - 1);
    }

    /** Returns before it is told. */
    void tell(CmEventType type, CmId id) {
        injected.add(new CmEvent(type, id, null, 0, null));
        requireNonNull(channel).wakeup();
    }

    /** Whether all was taken. */
    boolean isTaken() {
        return injected.isEmpty();
    }

    ConnectionManager joining(ConnectionManager manager) {
        return new WrappedChannels(manager, real -> {
            CmEventChannel joined = new Joined(real);
            channel = joined;
            return joined;
        });
    }

    private final class Joined extends WrappedChannel {
        Joined(CmEventChannel real) {
            super(real);
        }

        @Override
        public CmId createId() {
            CmId id = super.createId();
            made.add(id);
            return id;
        }

        @Override
        public @Nullable CmEvent next(long timeoutMs) throws InterruptedException {
            CmEvent first = injected.poll();
            if (first != null) {
                return first;
            }
            CmEvent event = super.next(timeoutMs);
            if (event != null && event.type() == CmEventType.CONNECT_REQUEST) {
                asked.add(event.id());
            }
            return event == null ? injected.poll() : event;
        }
    }
}
