package io.openib.wireup.rdmacm;

import io.openib.verbs.Availability;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.ConnectionManager;
import java.util.function.UnaryOperator;

/** A connection manager whose channels are wrapped. */
record WrappedChannels(ConnectionManager manager, UnaryOperator<CmEventChannel> wrapping) implements ConnectionManager {
    @Override
    public Availability availability() {
        return manager.availability();
    }

    @Override
    public boolean hasEstablish() {
        return manager.hasEstablish();
    }

    @Override
    public CmEventChannel createEventChannel() {
        return wrapping.apply(manager.createEventChannel());
    }
}
