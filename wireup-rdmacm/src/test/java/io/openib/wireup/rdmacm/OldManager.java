package io.openib.wireup.rdmacm;

import io.openib.verbs.Availability;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.ConnectionManager;
import org.jspecify.annotations.Nullable;

/** As librdmacm before 23: a response is established before the program sees it. */
record OldManager(ConnectionManager manager) implements ConnectionManager {
    @Override
    public Availability availability() {
        return manager.availability();
    }

    @Override
    public boolean hasEstablish() {
        return false;
    }

    @Override
    public CmEventChannel createEventChannel() {
        return new OldChannel(manager.createEventChannel());
    }

    private static final class OldChannel extends WrappedChannel {
        OldChannel(CmEventChannel channel) {
            super(channel);
        }

        @Override
        public @Nullable CmEvent next(long timeoutMs) throws InterruptedException {
            CmEvent event = super.next(timeoutMs);
            if (event == null || event.type() != CmEventType.CONNECT_RESPONSE) {
                return event;
            }
            event.id().establish();
            return new CmEvent(CmEventType.ESTABLISHED, event.id(), null, 0, event.parameters());
        }
    }
}
